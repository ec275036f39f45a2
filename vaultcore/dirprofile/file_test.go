package dirprofile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]string{
		"prod":                          "prod",
		"prod\n":                        "prod",
		"  prod\t\n\n":                  "prod",
		"# ours\n\nprod\n# the end\n":   "prod",
		"# ours\r\nprod\r\n":            "prod",
		"\ufeffprod\r\n":                "prod",
		"with space":                    "with space",
		"本番-管理者\n":                      "本番-管理者",
		"[prod]":                        "",
		"":                              "",
		"\n# prod\n":                    "",
		"prod\nstaging\n":               "",
		"prod\nendpoint_url = http://x": "",
		"prod\rstaging":                 "",
		"prod\x00":                      "",
		"\x1b[31mprod":                  "",
		"pr\u202eod":                    "",
		"p\xff":                         "",
		"\xff\xfep\x00r\x00o\x00d\x00":  "",
		strings.Repeat("x", 257):        "",
		"#" + strings.Repeat("x", MaxSize) + "\nprod": "",
	} {
		file, err := Of("/infra/.vaultbar", text)
		if file.Profile != want || (want == "") != errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("%.40q names %q, %v; not %q", text, file.Profile, err, want)
		}
	}
}

// No failure shows what is in the file, which may be another, by a link.
func TestFailuresDoNotRepeat(t *testing.T) {
	for _, text := range []string{"canary-7c1e\ncanary-7c1e", "[canary-7c1e]", "canary-7c1e\x00"} {
		if _, err := Of("/infra/.vaultbar", text); err == nil || strings.Contains(err.Error()+vaultcore.Hint(err), "canary") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// tree makes files in a folder, with no link in its path.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFind(t *testing.T) {
	root := tree(t, map[string]string{
		".vaultbar":                          "above-home",
		"home/.vaultbar":                     "at-home",
		"home/infra/.vaultbar":               "infra",
		"home/infra/deep/er/x":               "",
		"home/broken/.vaultbar":              "two\nlines",
		"home/broken/in/x":                   "",
		"home/folder/.vaultbar/x":            "",
		"home/large/.vaultbar":               strings.Repeat("#\n", MaxSize),
		"srv/x":                              "",
		"other/home/infra/.vaultbar/x/y/z/x": "",
	})
	home := filepath.Join(root, "home")
	for _, c := range []struct{ dir, profile, at string }{
		{"home/infra", "infra", "home/infra"},
		{"home/infra/deep/er", "infra", "home/infra"},
		{"home/infra/deep/../deep", "infra", "home/infra"},
		{"home", "at-home", "home"},
		{"home/folder", "at-home", "home"},
		{"home/nosuch/at/all", "at-home", "home"},
		{"home/broken/in", "", "home/broken"},
		{"home/large", "", "home/large"},
		{"srv", "above-home", "."},
	} {
		file, found, err := Find(filepath.Join(root, c.dir), home)
		if want := filepath.Join(root, c.at, Name); !found || file.Path != want || file.Profile != c.profile || (c.profile == "") != errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("in %s: %q of %s, %t, %v", c.dir, file.Profile, file.Path, found, err)
		}
	}
	if file, found, err := Find(filepath.Join(root, "home"), filepath.Join(root, "home", "no")); file.Profile != "at-home" || !found || err != nil {
		t.Errorf("another home: %v, %t, %v", file, found, err)
	}
	if file, found, err := Find(tree(t, nil), string(filepath.Separator)); found || err != nil {
		t.Errorf("where there is none: %v, %v", file, err)
	}
}

// A folder has one path, by whichever link it is reached; a link to the file is
// followed, and what it leads to is what has to be trusted.
func TestLinks(t *testing.T) {
	root := tree(t, map[string]string{"infra/.vaultbar": "infra", "secret": "canary-7c1e\nx", "link/x": "", "dangling/x": "", "loop/x": ""})
	testenv.That(t, os.Symlink(filepath.Join(root, "infra"), filepath.Join(root, "by-link")) == nil, "to make symbolic links")
	for name, target := range map[string]string{"link/.vaultbar": "../secret", "dangling/.vaultbar": "nosuch", "loop/.vaultbar": ".vaultbar"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	file, _, err := Find(filepath.Join(root, "by-link"), root)
	if want := filepath.Join(root, "infra", Name); file.Path != want || file.Profile != "infra" || err != nil {
		t.Errorf("by a link: %v, %v", file, err)
	}
	if file, found, err := Find(filepath.Join(root, "link"), root); !found || !errors.Is(err, vaultcore.ErrConfig) || strings.Contains(err.Error(), "canary") {
		t.Errorf("a link to a secret: %v, %t, %v", file.Path, found, err)
	}
	for _, dir := range []string{"dangling", "loop"} {
		if file, found, err := Find(filepath.Join(root, dir), root); found || err != nil {
			t.Errorf("%s: %v, %v", dir, file, err)
		}
	}
}

func TestList(t *testing.T) {
	state := t.TempDir()
	list, err := ReadList(state)
	if err != nil || len(list) != 0 {
		t.Fatalf("%v, %v", list, err)
	}
	mine, _ := Of("/infra/.vaultbar", "# ours\nprod\n")
	add := func(list List) { list[mine.Path] = mine.Text }
	if err := Change(state, add); err != nil {
		t.Fatal(err)
	}
	list, err = ReadList(state)
	if err != nil || !list.Trusts(mine) {
		t.Fatalf("%v, %v", list, err)
	}
	for name, other := range map[string]File{
		"one byte":      {mine.Path, "prod", "# ours.\nprod\n"},
		"another place": {"/other/.vaultbar", "prod", mine.Text},
		"no profile":    {mine.Path, "", mine.Text},
	} {
		if list.Trusts(other) {
			t.Errorf("%s is trusted", name)
		}
	}
	path := listIn(state)
	for _, text := range []string{"", "{", "[]", `{"/infra/.vaultbar": 1}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := ReadList(state); !errors.Is(err, vaultcore.ErrConfig) || list.Trusts(mine) || vaultcore.Hint(err) == "" {
			t.Errorf("%q: %v, %v", text, list, err)
		}
	}
	if err := os.WriteFile(path, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Change(state, add); err != nil {
		t.Fatal(err)
	}
	if err := Change(state, func(list List) { delete(list, mine.Path) }); err != nil {
		t.Fatal(err)
	}
	if list, err := ReadList(state); err != nil || len(list) != 0 {
		t.Errorf("after it was taken out: %v, %v", list, err)
	}
}
