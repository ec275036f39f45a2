package shim

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestChoose(t *testing.T) {
	free := func(dir string, rank int) Place { return Place{Dir: dir, Rank: rank, Writable: true} }
	theirs := func(dir string, writable bool) Place {
		return Place{Dir: dir, Holds: Theirs, File: dir + "/aws-vault", Rank: 2, Writable: writable}
	}
	ours := Place{Dir: "/ours", Holds: Ours, File: "/ours/aws-vault", Rank: 2, Writable: true}
	shut := Place{Dir: "/usr/bin", Rank: 0}
	venv := free("/venv/bin", unfit)
	for name, c := range map[string]struct {
		places []Place
		force  bool
		want   Plan
		err    error
	}{
		"the command's own folder is the best": {[]Place{free("/a", 2), free("/home/bin", 1), free("/own", 0)}, false, Plan{Dir: "/own"}, nil},
		"of two alike the first":               {[]Place{venv, free("/a", 2), free("/b", 2)}, false, Plan{Dir: "/a"}, nil},
		"a link that is there stays":           {[]Place{free("/own", 0), ours}, false, Plan{Dir: "/ours"}, nil},
		"behind another it is of no use":       {[]Place{free("/a", 2), theirs("/t", false), ours}, true, Plan{Dir: "/a", Behind: "/t/aws-vault"}, nil},
		"another is not put behind unasked":    {[]Place{free("/a", 2), theirs("/t", true)}, false, Plan{Dir: "/a", Behind: "/t/aws-vault"}, ErrTaken},
		"another is put behind":                {[]Place{free("/a", 2), theirs("/t", true), free("/own", 0)}, true, Plan{Dir: "/a", Behind: "/t/aws-vault"}, nil},
		"another is not moved aside unasked":   {[]Place{venv, theirs("/t", true)}, false, Plan{Dir: "/t", Aside: "/t/aws-vault", Behind: "/t/aws-vault"}, ErrTaken},
		"another is moved aside":               {[]Place{shut, theirs("/t", true)}, true, Plan{Dir: "/t", Aside: "/t/aws-vault", Behind: "/t/aws-vault"}, nil},
		"no folder before another":             {[]Place{shut, theirs("/t", false), free("/own", 0)}, true, Plan{Behind: "/t/aws-vault"}, ErrNowhere},
		"no folder at all":                     {[]Place{shut, venv}, true, Plan{}, ErrNowhere},
		"no PATH":                              {nil, false, Plan{}, ErrNowhere},
		"ours before another is found already": {[]Place{ours, theirs("/t", true)}, false, Plan{Dir: "/ours"}, nil},
	} {
		if got, err := Choose(c.places, c.force); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, c := range map[string]struct {
		dir   Place
		force bool
		want  Plan
		err   error
	}{
		"out of PATH":              {free("/x", 2), false, Plan{Dir: "/x"}, nil},
		"behind another":           {free("/b", 2), false, Plan{Dir: "/b"}, nil},
		"before another":           {free("/a", 2), false, Plan{Dir: "/a", Behind: "/t/aws-vault"}, ErrTaken},
		"before another, by force": {free("/a", 2), true, Plan{Dir: "/a", Behind: "/t/aws-vault"}, nil},
		"over another":             {theirs("/t", true), false, Plan{Dir: "/t", Aside: "/t/aws-vault", Behind: "/t/aws-vault"}, ErrTaken},
		"anew":                     {ours, false, Plan{Dir: "/ours"}, nil},
	} {
		places := []Place{free("/a", 2), theirs("/t", true), free("/b", 2)}
		if got, err := ChooseDir(places, c.dir, c.force); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestRank(t *testing.T) {
	who := Person{Command: filepath.FromSlash("/own/vaultbar"), Home: filepath.FromSlash("/home/ann"), Getenv: func(name string) string {
		return map[string]string{"VIRTUAL_ENV": filepath.FromSlash("/home/ann/venv/")}[name]
	}}
	for dir, want := range map[string]int{
		"/own": 0, "/home/ann/.local/bin": 1, "/home/ann/bin": 1, "/usr/local/bin": 2,
		"/home/ann/venv/bin": unfit, "/x/node_modules/.bin": unfit, "/home/ann/venv2/bin": 2,
	} {
		if got := who.rank(filepath.FromSlash(dir)); got != want {
			t.Errorf("%s: %d", dir, got)
		}
	}
}
