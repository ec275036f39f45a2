package program

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// nobody is a user that is not root.
const nobody = 65534

// ground is a folder of root's in which a case is set up. Its first failure is kept.
type ground struct {
	dir string
	err error
}

func (g *ground) at(name string) string { return filepath.Join(g.dir, name) }

func (g *ground) do(step func() error) {
	if g.err == nil {
		g.err = step()
	}
}

// program puts a program into a folder, which is made.
func (g *ground) program(name string, mode fs.FileMode) string {
	path := g.at(name)
	g.do(func() error { return os.MkdirAll(filepath.Dir(path), 0o755) })
	g.do(func() error { return os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600) })
	g.chmod(name, mode)
	return path
}

func (g *ground) folder(name string) { g.do(func() error { return os.Mkdir(g.at(name), 0o755) }) }
func (g *ground) chmod(name string, mode fs.FileMode) {
	g.do(func() error { return os.Chmod(g.at(name), mode) })
}
func (g *ground) giveAway(name string) {
	g.do(func() error { return os.Lchown(g.at(name), nobody, nobody) })
}
func (g *ground) link(target, name string) string {
	g.do(func() error { return os.Symlink(target, g.at(name)) })
	return g.at(name)
}

// TestTrusted has a case for each rule about who may change which program a path
// names.
func TestTrusted(t *testing.T) {
	testenv.Root(t)
	for _, test := range []struct {
		name  string
		build func(t *testing.T, g *ground) string
		ok    bool
	}{
		{"of root", func(t *testing.T, g *ground) string { return g.program("program", 0o755) }, true},
		{"not executable", func(t *testing.T, g *ground) string { return g.program("program", 0o644) }, false},
		{"writable for all", func(t *testing.T, g *ground) string { return g.program("program", 0o757) }, false},
		{"writable for the group", func(t *testing.T, g *ground) string { return g.program("program", 0o775) }, false},
		{"of a user", func(t *testing.T, g *ground) string {
			path := g.program("program", 0o755)
			g.giveAway("program")
			return path
		}, false},
		{"in a folder for all", func(t *testing.T, g *ground) string {
			path := g.program("bin/program", 0o755)
			g.chmod("bin", 0o777)
			return path
		}, false},
		{"in a folder for a group", func(t *testing.T, g *ground) string {
			path := g.program("bin/program", 0o755)
			g.chmod("bin", 0o775)
			return path
		}, false},
		{"in a folder where nobody replaces another's files", func(t *testing.T, g *ground) string {
			path := g.program("bin/program", 0o755)
			g.chmod("bin", 0o777|fs.ModeSticky)
			return path
		}, true},
		{"below a folder of a user", func(t *testing.T, g *ground) string {
			path := g.program("theirs/below/program", 0o755)
			g.giveAway("theirs")
			return path
		}, false},
		{"a link to it", func(t *testing.T, g *ground) string {
			g.program("program", 0o755)
			return g.link("program", "link")
		}, true},
		{"a link of a user to it", func(t *testing.T, g *ground) string {
			g.link(g.program("program", 0o755), "link")
			g.giveAway("link")
			return g.at("link")
		}, false},
		{"a link to a link of a user", func(t *testing.T, g *ground) string {
			g.link(g.program("program", 0o755), "theirs")
			g.giveAway("theirs")
			return g.link(g.at("theirs"), "link")
		}, false},
		{"a link into a folder for all", func(t *testing.T, g *ground) string {
			g.program("loose/program", 0o755)
			g.chmod("loose", 0o777)
			return g.link("loose/program", "link")
		}, false},
		{"a link to nothing", func(t *testing.T, g *ground) string { return g.link("none", "link") }, false},
		{"a link to itself", func(t *testing.T, g *ground) string { return g.link("link", "link") }, false},
		{"by a link to its folder", func(t *testing.T, g *ground) string {
			g.program("usr/bin/program", 0o755)
			g.link("usr/bin", "bin")
			return g.at("bin/program")
		}, true},
		{"by a link to a folder for all", func(t *testing.T, g *ground) string {
			g.program("loose/program", 0o755)
			g.chmod("loose", 0o777)
			g.link("loose", "bin")
			return g.at("bin/program")
		}, false},
		{"by a link to a folder below one of a user", func(t *testing.T, g *ground) string {
			g.program("theirs/bin/program", 0o755)
			g.giveAway("theirs")
			g.link("theirs/bin", "bin")
			return g.at("bin/program")
		}, false},
		{"by a user's link to its folder", func(t *testing.T, g *ground) string {
			g.program("usr/bin/program", 0o755)
			g.link("usr/bin", "bin")
			g.giveAway("bin")
			return g.at("bin/program")
		}, false},
		// What ".." of a link means depends on where its folder really is: here it is
		// the loose program that would be started, and the good one that lies where the
		// path alone seems to lead.
		{"a link upwards from a folder that is a link", func(t *testing.T, g *ground) string {
			g.program("program", 0o755)
			g.program("real/program", 0o757)
			g.folder("real/bin")
			g.link("../program", "real/bin/link")
			g.link("real/bin", "bin")
			return g.at("bin/link")
		}, false},
		{"a link upwards from a folder that is a link, to a good one", func(t *testing.T, g *ground) string {
			g.program("program", 0o757)
			g.program("real/program", 0o755)
			g.folder("real/bin")
			g.link("../program", "real/bin/link")
			g.link("real/bin", "bin")
			return g.at("bin/link")
		}, true},
		{"a folder", func(t *testing.T, g *ground) string { return g.dir }, false},
		{"below a file", func(t *testing.T, g *ground) string { return g.program("program", 0o755) + "/program" }, false},
		{"back from a file", func(t *testing.T, g *ground) string {
			g.program("program", 0o755)
			return g.program("file", 0o755) + "/../program"
		}, false},
		{"nothing", func(t *testing.T, g *ground) string { return g.at("none") }, false},
		{"a relative path", func(t *testing.T, g *ground) string {
			g.program("program", 0o755)
			t.Chdir(g.dir)
			return "program"
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := &ground{dir: t.TempDir()}
			path := test.build(t, g)
			if g.err != nil {
				t.Fatal(g.err)
			}
			if err := Trusted(path); (err == nil) != test.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestFindLeavesPathAlone holds that a program is looked for in the folders of the
// system only.
func TestFindLeavesPathAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vaultbar-test-program"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if path, err := Find("vaultbar-test-program"); err == nil {
		t.Errorf("found at %s", path)
	}
	path, err := Find("sh")
	if err != nil || !strings.HasPrefix(path, "/") || !OfSystem(path) {
		t.Errorf("sh: %s, %v", path, err)
	}
}
