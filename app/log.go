package app

import (
	stdlog "log"
	"log/slog"
	"os"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
)

const (
	logMegabytes = 1 // a log file is rotated when it is larger
	logFiles     = 3 // rotated files that are kept
)

// openLog opens the log in the state folder. Nothing secret is ever logged:
// secrets are a type that prints as "[secret]", and neither requests nor
// arguments are logged at all.
func openLog(folders appdirs.Folders) (*slog.Logger, *lumberjack.Logger) {
	file := &lumberjack.Logger{
		Filename:   filepath.Join(folders.State, "vaultbar.log"),
		MaxSize:    logMegabytes,
		MaxBackups: logFiles,
	}
	touch(file.Filename)
	return slog.New(slog.NewTextHandler(file, nil)), file
}

// listenToLibraries has the log take what libraries print by package log, such as why
// there is no tray on Windows: an app that the desktop starts has no stderr.
func listenToLibraries(log *slog.Logger) {
	lines := slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	stdlog.SetFlags(lines.Flags())
	stdlog.SetOutput(lines.Writer())
}

// touch makes the file where it is missing. The library appends to a file that
// is there but not to one that it makes itself, and the last lines of an app
// that ends would then be written over by the next one. A log that cannot be
// written is no reason not to serve: on a full disk or in a home that is
// read-only the app goes on without one.
func touch(file string) {
	if err := appdirs.Make(filepath.Dir(file)); err != nil {
		return
	}
	if f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
	}
}
