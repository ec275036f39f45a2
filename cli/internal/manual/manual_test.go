package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/vaultbar/vaultbar/cli"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Each command has a page with all of its flags, and none is there for another.
func TestPages(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range documented(cli.Tree()) {
		path := filepath.Join(dir, nameOf(cmd)+".1")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cmd.NonInheritedFlags().VisitAll(func(flag *pflag.Flag) {
			if want := `\-\-` + escaped(flag.Name) + `\fR`; strings.Contains(string(text), want) == flag.Hidden {
				t.Errorf("%s: --%s, hidden %t", path, flag.Name, flag.Hidden)
			}
		})
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("pages of no command: %v, %v", left, err)
	}
	if err := write(filepath.Join(os.DevNull, "below")); err == nil {
		t.Error("a folder below a file was written")
	}
}

// A page says what the help of its command says, in lines that man takes for text.
func TestPage(t *testing.T) {
	for _, cmd := range documented(cli.Tree()) {
		if nameOf(cmd) != "vaultbar-exec" {
			continue
		}
		golden.Check(t, "exec.1", string(page(cmd)))
		return
	}
	t.Error("exec has no page")
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		".PP is a macro":  `\&.PP is a macro`,
		"'quoted' first":  `\&'quoted' first`,
		`C:\a --b`:        `C:\ea \-\-b`,
		"an 'apostrophe'": "an 'apostrophe'",
	} {
		if got := guarded(escaped(text)); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	for text, want := range map[string]string{"Run it": "run it", "AWS keys": "AWS keys", "MFA": "MFA"} {
		if got := lowerFirst(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestLint has a reader of manual pages look at them.
func TestLint(t *testing.T) {
	tool := testenv.Program(t, "mandoc", "mandoc")
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 30 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	pages = append(pages, "../../../packaging/docs/vaultbar-app.1")
	out, err := exec.CommandContext(t.Context(), tool, append([]string{"-T", "lint", "-W", "warning"}, pages...)...).Output()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "missing date") { // a page is not dated: it is as old as its program
			t.Error(strings.TrimSpace(line))
		}
	}
	if len(out) == 0 {
		t.Errorf("mandoc said nothing: %v", err)
	}
}
