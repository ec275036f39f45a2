package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// pages are what people follow word by word.
var pages = []string{"../README.md", "docs/troubleshooting.md", "docs/coming-from-aws-vault.md", "shell/README.md", "docker/README.md"}

// code finds what a page shows in the typeface of a terminal: in its lines, and in
// its blocks.
var code = regexp.MustCompile("`([^`\n]+)`|(?m)^ {4,}(.+)$")

// reader follows a page with the programs of this source.
type reader struct {
	*testing.T
	vaultbar string
	makefile string
	helps    map[string]string // by command
	followed int
}

// TestPagesNameWhatThereIs holds the pages to the programs: each command line in them
// is of a command that exists, with flags that it has, or a target of make.
func TestPagesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "go", "golang")
	r := &reader{T: t, vaultbar: filepath.Join(t.TempDir(), "vaultbar"), helps: make(map[string]string)}
	if out, err := exec.Command("go", "build", "-o", r.vaultbar, "../cli/vaultbar").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	makefile, err := os.ReadFile("../Makefile")
	check(t, err)
	r.makefile = string(makefile)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		check(t, err)
		for _, match := range code.FindAllStringSubmatch(string(text), -1) {
			r.follow(page, strings.TrimPrefix(strings.TrimSpace(match[1]+match[2]), "$ "))
		}
	}
	if r.followed < 40 {
		t.Errorf("only %d commands were found in the pages", r.followed)
	}
}

// command is the name of a command of vaultbar.
var command = regexp.MustCompile(`^[a-z]+$`)

// follow checks one line of a page.
func (r *reader) follow(page, line string) {
	words := strings.Fields(line)
	switch {
	case len(words) < 2:
	case words[0] == "make":
		r.followed++
		if !strings.Contains(r.makefile, "\n"+words[1]+":") {
			r.Errorf("%s: make has no target %s", page, words[1])
		}
	case words[0] == "vaultbar" && command.MatchString(words[1]) && words[1] != "vaultbar": // which is a drawing
		r.followed++
		help, ok := r.help(words[1])
		if !ok {
			r.Errorf("%s: there is no command %q: %s", page, words[1], line)
			return
		}
		if words[1] == "settings" && len(words) > 2 {
			more, _ := r.help("settings " + words[2])
			help += more
		}
		for _, flag := range flagsOf(words[2:]) {
			if !regexp.MustCompile(regexp.QuoteMeta(flag) + `[ ,=\[\n]`).MatchString(help) {
				r.Errorf("%s: vaultbar %s has no flag %s: %s", page, words[1], flag, line)
			}
		}
	}
}

// help is what a command says of itself.
func (r *reader) help(command string) (string, bool) {
	if _, ok := r.helps[command]; !ok {
		cmd := exec.Command(r.vaultbar, append(strings.Fields(command), "--help")...)
		cmd.Env = append(os.Environ(), "HOME="+r.TempDir())
		out, err := cmd.Output()
		if err != nil {
			out = nil
		}
		r.helps[command] = string(out)
	}
	return r.helps[command], strings.Contains(r.helps[command], "vaultbar "+command)
}

// flagsOf are the flags of a command line, up to the command that it runs.
func flagsOf(words []string) (flags []string) {
	for _, word := range words {
		name, _, _ := strings.Cut(strings.Trim(word, "[](),;.'\""), "=")
		switch {
		case word == "--" || word == "|" || word == "#":
			return flags
		case strings.HasPrefix(name, "-") && name != "-":
			flags = append(flags, name)
		}
	}
	return flags
}
