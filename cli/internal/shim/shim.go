// Package shim puts a link to the command where a shell finds it by the name of
// aws-vault, and takes it away again.
//
// It looks first ([Survey]), decides by what it saw ([Choose], which is pure), and acts
// afterwards ([Link], [Unlink]). A program of that name that is not ours is never lost: it
// stays where it is, or is moved aside, and comes back when the link goes. Which of the
// two happens, and whether at all, is for the person to say.
package shim

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/cli/internal/awsvault"
)

// Holds is what a folder has under the name of aws-vault.
type Holds int

// What it may have.
const (
	Free   Holds = iota // nothing, or a link that leads nowhere
	Ours                // Vaultbar's command
	Theirs              // another program
)

// Place is a folder that may get the link.
type Place struct {
	Dir   string
	Holds Holds
	File  string // what it holds
	// Rank is how good a place it is: the lowest is the best. One that comes and goes, such
	// as that of a virtual environment, has none; see [unfit].
	Rank     int
	Writable bool // by the person, and not by everybody
}

const unfit = 3

// Person is who wants the link, and what they have.
type Person struct {
	Command string // the absolute path of the command
	Home    string
	Getenv  func(string) string
}

// Survey looks at the folders of PATH, in its order, each once. Those that are relative
// are passed over, as is what is no folder.
func Survey(who Person) []Place {
	var places []Place
	for _, dir := range filepath.SplitList(who.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		dir = filepath.Clean(dir)
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() || slices.ContainsFunc(places, func(p Place) bool { return p.Dir == dir }) {
			continue
		}
		places = append(places, who.Look(dir))
	}
	return places
}

// Look looks at one folder.
func (who Person) Look(dir string) Place {
	holds, file := held(dir, who.Command)
	return Place{Dir: dir, Holds: holds, File: file, Rank: who.rank(dir), Writable: writable(dir)}
}

func (who Person) rank(dir string) int {
	switch {
	case dir == filepath.Dir(who.Command):
		return 0
	case who.Home != "" && (dir == filepath.Join(who.Home, ".local", "bin") || dir == filepath.Join(who.Home, "bin")):
		return 1
	case below(dir, who.Getenv("VIRTUAL_ENV")), below(dir, who.Getenv("CONDA_PREFIX")), filepath.Base(filepath.Dir(dir)) == "node_modules":
		return unfit
	}
	return 2
}

func below(dir, root string) bool {
	return root != "" && strings.HasPrefix(dir, filepath.Clean(root)+string(filepath.Separator))
}

// held finds what a folder has under one of the names that a shell takes for aws-vault.
func held(dir, command string) (Holds, string) {
	for _, name := range names {
		file := filepath.Join(dir, name)
		info, err := os.Stat(file) // a link that leads nowhere is passed over by shells too
		if err != nil || info.IsDir() || !runs(info) {
			continue
		}
		if ours(file, info, command) {
			return Ours, file
		}
		return Theirs, file
	}
	return Free, ""
}

// mark is in every build of the command, and in no other program.
const mark = "github.com/vaultbar/vaultbar/cli.Main"

// ours says whether a file is the command: the same file, or a copy of any version.
func ours(file string, info fs.FileInfo, command string) bool {
	if own, err := os.Stat(command); err == nil && os.SameFile(own, info) {
		return true
	}
	image, err := os.ReadFile(file)
	return err == nil && bytes.Contains(image, []byte(mark))
}

// Plan is where the link goes.
type Plan struct {
	Dir   string
	Aside string // the program that has the name there, and is moved aside; empty for none
	// Behind is the program that was found by the name so far, and is not any more; empty
	// for none.
	Behind string
}

// Errors of [Choose]. What the plan with them says is what would be done.
var (
	ErrTaken   = errors.New("another program has the name")
	ErrNowhere = errors.New("no folder of PATH can take the link")
)

// Choose decides where the link goes, so that it is found first: where it is already,
// else in the best folder that can be written and comes before every other program of the
// name, else in the place of that. Such a program is not put behind without force. It may
// return: ErrTaken, ErrNowhere.
func Choose(places []Place, force bool) (Plan, error) {
	first := slices.IndexFunc(places, func(p Place) bool { return p.Holds == Theirs })
	before, behind := places, ""
	if first >= 0 {
		before, behind = places[:first], places[first].File
	}
	if at := slices.IndexFunc(before, func(p Place) bool { return p.Holds == Ours }); at >= 0 {
		return Plan{Dir: before[at].Dir}, nil
	}
	fit := slices.DeleteFunc(slices.Clone(before), func(p Place) bool { return !p.Writable || p.Rank == unfit })
	plan := Plan{Behind: behind}
	switch {
	case len(fit) > 0:
		plan.Dir = slices.MinFunc(fit, func(a, b Place) int { return cmp.Compare(a.Rank, b.Rank) }).Dir
	case first >= 0 && places[first].Writable:
		plan.Dir, plan.Aside = places[first].Dir, behind
	default:
		return plan, ErrNowhere
	}
	if first >= 0 && !force {
		return plan, ErrTaken
	}
	return plan, nil
}

// ChooseDir is Choose for a folder that the person names. It may return: ErrTaken.
func ChooseDir(places []Place, dir Place, force bool) (Plan, error) {
	plan := Plan{Dir: dir.Dir}
	switch dir.Holds {
	case Ours:
		return plan, nil
	case Theirs:
		plan.Aside, plan.Behind = dir.File, dir.File
	}
	at := slices.IndexFunc(places, func(p Place) bool { return p.Dir == dir.Dir })
	first := slices.IndexFunc(places, func(p Place) bool { return p.Holds == Theirs })
	if at >= 0 && at < first {
		plan.Behind = places[first].File
	}
	if plan.Behind != "" && !force {
		return plan, ErrTaken
	}
	return plan, nil
}

// Found is the place whose program a shell finds by the name.
func Found(places []Place) (Place, bool) {
	at := slices.IndexFunc(places, func(p Place) bool { return p.Holds != Free })
	if at < 0 {
		return Place{}, false
	}
	return places[at], true
}

// Link carries a plan out, and returns the link. The link appears at once or not at all.
func Link(p Plan, command string) (string, error) {
	link := filepath.Join(p.Dir, awsvault.Name+suffix)
	if p.Aside != "" {
		if err := os.Rename(p.Aside, aside(p.Aside)); err != nil {
			return "", err
		}
	}
	fresh := filepath.Join(p.Dir, ".vaultbar-"+awsvault.Name+suffix)
	_ = os.Remove(fresh) // of a run that was cut short
	if err := point(command, fresh); err != nil {
		return "", restored(p, err)
	}
	if err := os.Rename(fresh, link); err != nil {
		_ = os.Remove(fresh)
		return "", restored(p, err)
	}
	return link, nil
}

// restored gives back what was moved aside for a link that could not be made.
func restored(p Plan, err error) error {
	if p.Aside == "" {
		return err
	}
	return errors.Join(err, os.Rename(aside(p.Aside), p.Aside))
}

// Unlink removes the link of a place that has ours, and returns the program that got
// its name back; empty for none.
func Unlink(p Place) (back string, err error) {
	if err := os.Remove(p.File); err != nil {
		return "", err
	}
	for _, name := range names {
		file := filepath.Join(p.Dir, name)
		if _, err := os.Lstat(aside(file)); err == nil {
			return file, os.Rename(aside(file), file)
		}
	}
	return "", nil
}

// aside is where a program is kept that had the name.
func aside(file string) string {
	ext := filepath.Ext(file)
	return strings.TrimSuffix(file, ext) + ".original" + ext
}
