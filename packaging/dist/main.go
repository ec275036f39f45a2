// Dist makes what is released: packages for Debian, Fedora, Alpine and Arch, tarballs,
// a zip and an MSI for Windows, the application bundle of macOS, a software bill of
// materials for each system, the manifests of Homebrew, winget, scoop and the AUR, and
// the checksums of all of it. `make dist` runs it. It is no part of the programs.
//
// What is in a package is what install.sh puts into an empty folder (stage.go): that is
// the one list of what goes where. The rest brings that tree into the form of each
// system. The same commit gives the same bytes: all times are those of the commit, or
// SOURCE_DATE_EPOCH, and nothing else of the machine is written down.
//
// What another machine must make is given, or left out with a word: the programs of
// macOS (-macos), which need its keychain's library, and the MSI, which needs wixl.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	r, err := parse(os.Args[1:])
	if err == nil {
		err = r.make()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// release is what one run makes.
type release struct {
	version string    // as the programs say it, v1.2.3
	number  string    // as packages say it, 1.2.3
	date    time.Time // of every file
	out     string    // the folder that the result is in, absolute
	work    string    // a folder for what is thrown away, below out
	key     string    // the file of minisign's secret key; "" signs nothing
	macos   string    // the folder of the programs of macOS; "" makes no bundle
	kinds   []string  // what to make; empty is all
	arch    string    // the only architecture of Linux to make it for; "" is all
	root    string    // of the source
}

// parts are what can be asked for, by its kinds, in the order in which it is made.
var parts = []struct {
	kinds []string
	make  func(*release) error
}{
	{[]string{"source"}, (*release).source},
	{packagers, (*release).packages},
	{[]string{"tar"}, (*release).tarballs},
	{[]string{"zip"}, (*release).windowsZip},
	{[]string{"msi"}, (*release).msi},
	{[]string{"macos"}, (*release).bundle},
	{[]string{"sbom"}, (*release).boms},
	{[]string{"manifests"}, (*release).manifests},
}

func parse(args []string) (*release, error) {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	r := &release{}
	var kinds []string
	flags.StringVar(&r.version, "version", "", "the version, as v1.2.3; else what git says")
	flags.StringVar(&r.out, "out", "dist", "the folder for the result, which is emptied first")
	flags.StringVar(&r.key, "key", "", "the file of minisign's secret key, to sign with; its passphrase is asked for")
	flags.StringVar(&r.macos, "macos", "", "the folder of the programs of macOS, for the bundle")
	flags.StringVar(&r.arch, "arch", "", "make those of Linux for this architecture only")
	flags.Func("only", "make these only, with commas between them: "+strings.Join(kindNames(), ","), func(text string) error {
		kinds = strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
		for _, kind := range kinds {
			if !slices.Contains(kindNames(), kind) {
				return fmt.Errorf("there is no %q", kind)
			}
		}
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	r.kinds = kinds
	return r, r.find()
}

func kindNames() (names []string) {
	for _, part := range parts {
		names = append(names, part.kinds...)
	}
	return names
}

// find finds out what was not said.
func (r *release) find() (err error) {
	if r.root, err = os.Getwd(); err != nil {
		return err
	}
	if r.version == "" {
		if r.version, err = output(r.root, "git", "describe", "--tags", "--always", "--dirty"); err != nil {
			return err
		}
	}
	r.number = packageVersion(r.version)
	if r.date, err = sourceDate(r.root); err != nil {
		return err
	}
	if r.out, err = filepath.Abs(r.out); err != nil {
		return err
	}
	r.work = filepath.Join(r.out, "work")
	return nil
}

// make empties the folder and makes all that was asked for. Where that fails the work is
// left to be looked at.
func (r *release) make() error {
	if err := r.empty(); err != nil {
		return err
	}
	for _, part := range parts {
		if !slices.ContainsFunc(part.kinds, r.wants) {
			continue
		}
		if err := part.make(r); err != nil {
			return fmt.Errorf("%s: %w", part.kinds[0], err)
		}
	}
	if err := os.RemoveAll(r.work); err != nil {
		return err
	}
	return r.sums()
}

// empty removes what an earlier run has made, and nothing that it has not.
func (r *release) empty() error {
	entries, err := os.ReadDir(r.out)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if len(entries) > 0 && !exists(filepath.Join(r.out, sumsName)) && !exists(r.work) {
		return fmt.Errorf("%s is not empty, and no earlier result", r.out)
	}
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	return os.MkdirAll(r.work, 0o755)
}

func (r *release) wants(kind string) bool { return len(r.kinds) == 0 || slices.Contains(r.kinds, kind) }

// made says that a file of the result is there.
func (r *release) made(name string) {
	if info, err := os.Stat(filepath.Join(r.out, name)); err == nil {
		fmt.Printf("%6.1f MB  %s\n", float64(info.Size())/1e6, name)
	}
}

// skip says why something is not made.
func skip(what, why string) { fmt.Printf("   left out  %s: %s\n", what, why) }

// output is what a command prints, without the end of its last line.
func output(dir, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Dir, command.Stderr = dir, os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}
