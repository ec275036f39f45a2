package dirprofile

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Name is what the file is called.
const Name = ".vaultbar"

// MaxSize is how many bytes a file has at most.
const MaxSize = 4 << 10

// File is a .vaultbar.
type File struct {
	Path    string // absolute, with no link in it but perhaps the last: see [PathIn]
	Profile string
	Text    string // all of it
}

// Of is a file that says this. It may return: ErrConfig.
func Of(path, text string) (File, error) {
	profile, err := parse(text)
	return File{path, profile, text}, err
}

// PathIn is the path of the file of a folder.
func PathIn(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return filepath.Join(dir, Name)
}

// Find looks for the file in a folder and in those above it, up to home where that is
// one of them. It returns false where there is none. Of a file that cannot be used it
// returns the path, and why as the message of an ErrConfig. What is called like it and
// is a folder is passed over.
func Find(dir, home string) (File, bool, error) {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, Name)); err == nil && !info.IsDir() {
			file, err := read(PathIn(at))
			return file, true, err
		}
		if at == filepath.Dir(at) || home != "" && at == filepath.Clean(home) {
			return File{}, false, nil
		}
	}
}

// read reads a file, once.
func read(path string) (File, error) {
	text, reason := contents(path)
	if reason != "" {
		return File{Path: path}, vaultcore.Faultf(vaultcore.ErrConfig, "%s", reason)
	}
	return Of(path, text)
}

// contents are those of a file, or why there are none. It waits at no pipe.
func contents(path string) (text, reason string) {
	f, err := open(path)
	if err != nil {
		return "", "it cannot be read"
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode()&fs.ModeType != 0 {
		return "", "it is not a file"
	}
	all, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	switch {
	case err != nil:
		return "", "it cannot be read"
	case len(all) > MaxSize:
		return "", tooLarge
	}
	return string(all), ""
}

const tooLarge = "it is too large: it may contain only the name of a profile"

// parse is the profile that a text names. No failure repeats the text: it may be of
// another file, to which somebody has made a link. It may return: ErrConfig.
func parse(text string) (string, error) {
	refuse := func(reason string) (string, error) {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "%s", reason)
	}
	text = strings.TrimPrefix(text, "\ufeff")
	switch {
	case len(text) > MaxSize:
		return refuse(tooLarge)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, binary):
		return refuse("it is not plain text in UTF-8")
	}
	name := ""
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \t\r\n")
		switch {
		case line == "" || line[0] == '#':
		case name != "":
			return refuse("it has more than one line: it may contain only the name of a profile")
		default:
			name = line
		}
	}
	switch {
	case name == "":
		return refuse("it names no profile")
	case vaultcore.CheckProfileName(name) != nil:
		return refuse("it does not contain the name of a profile")
	}
	return name, nil
}

// binary says whether a character is none of a text.
func binary(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\r' && r != '\n' }
