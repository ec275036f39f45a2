package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// system is one for which programs are built.
type system struct{ os, arch string }

var windows = system{"windows", "amd64"}

// linux are those of Linux that are asked for.
func (r *release) linux() (all []system) {
	for _, arch := range []string{"amd64", "arm64"} {
		if r.arch == "" || r.arch == arch {
			all = append(all, system{"linux", arch})
		}
	}
	return all
}

func (s system) String() string { return s.os + "-" + s.arch }

// file is one of a package: where it comes from and where it goes, below the package's
// root, with slashes.
type file struct {
	from, to string
	mode     fs.FileMode
}

// built is the folder with the programs of a system, which are built when they are
// first asked for. They say nothing of git: whoever builds the archive of the source has
// the same bytes.
func (r *release) built(s system) (string, error) {
	bin := filepath.Join(r.work, "bin", s.String())
	if exists(bin) {
		return bin, nil
	}
	return bin, r.run([]string{"GOOS=" + s.os, "GOARCH=" + s.arch}, "make", "--silent", "build", "BIN="+bin, "VERSION="+r.version, "GOFLAGS=-mod=readonly -buildvcs=false")
}

// rest is the folder with what is drawn and written for every package alike.
func (r *release) rest() (string, error) {
	made := filepath.Join(r.work, "made")
	if exists(made) {
		return made, nil
	}
	if err := r.run(nil, "go", "run", "./tray/icon/internal/hicolor", made); err != nil {
		return "", err
	}
	return made, r.run(nil, "go", "run", "./cli/internal/manual", filepath.Join(made, "man1"))
}

// stage has install.sh install the programs of a folder in an empty one, and returns
// what is there.
func (r *release) stage(s system, bin, prefix string) ([]file, error) {
	here, err := r.built(system{runtime.GOOS, runtime.GOARCH}) // completions are the command's to print
	if err != nil {
		return nil, err
	}
	made, err := r.rest()
	if err != nil {
		return nil, err
	}
	tree := filepath.Join(r.work, "tree", s.String())
	if !exists(tree) {
		err := r.run([]string{
			"PREFIX=" + prefix, "DESTDIR=" + tree, "OS=" + s.os, "BIN=" + bin, "MADE=" + made,
			"RUNS=" + filepath.Join(here, "vaultbar"+suffix(runtime.GOOS)),
		}, "sh", "packaging/install.sh", "install")
		if err != nil {
			return nil, err
		}
	}
	files, err := filesOf(tree)
	if err != nil {
		return nil, err
	}
	return files, r.dated(files)
}

// dated gives files the date of all others: some tools write it down.
func (r *release) dated(files []file) error {
	for _, f := range files {
		if err := os.Chtimes(f.from, r.date, r.date); err != nil {
			return err
		}
	}
	return nil
}

// staged builds the programs of a system, and stages them below /usr.
func (r *release) staged(s system) ([]file, error) {
	bin, err := r.built(s)
	if err != nil {
		return nil, err
	}
	return r.stage(s, bin, "/usr")
}

// filesOf are the files below a folder, in the order of their paths.
func filesOf(tree string) (all []file, err error) {
	err = filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		to, err := filepath.Rel(tree, path)
		all = append(all, file{path, filepath.ToSlash(to), info.Mode().Perm()})
		return err
	})
	return all, err
}

// run runs a command in the root of the source. What it prints is not the result.
func (r *release) run(env []string, name string, args ...string) error {
	return ended(r.command(env, name, args...))
}

// attended is run, of a command that may ask something.
func (r *release) attended(name string, args ...string) error {
	command := r.command(nil, name, args...)
	command.Stdin = os.Stdin
	return ended(command)
}

func (r *release) command(env []string, name string, args ...string) *exec.Cmd {
	command := exec.Command(name, args...)
	command.Dir, command.Stdout, command.Stderr = r.root, os.Stderr, os.Stderr
	command.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.date.Unix()))
	command.Env = append(command.Env, env...)
	return command
}

func ended(command *exec.Cmd) error {
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(command.Args, " "), err)
	}
	return nil
}

// suffix is what the name of a program ends in.
func suffix(goos string) string {
	if goos == "windows" {
		return ".exe"
	}
	return ""
}
