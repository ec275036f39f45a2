package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// pages are what people follow word by word.
func pages(t *testing.T) []string {
	docs, err := filepath.Glob("docs/*.md")
	check(t, err)
	return append(docs, "../README.md", "shell/README.md", "docker/README.md")
}

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
	for _, page := range pages(t) {
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

// block finds the lines of a page that stand apart, as what is typed and printed does.
var block = regexp.MustCompile(`(?m)(^ {4,}\S.*\n(\n? {4,}.*\n)*)`)

// TestJapanesePageShowsTheSame holds that what the Japanese page has people type, and
// what it says is printed, is what README.md says.
func TestJapanesePageShowsTheSame(t *testing.T) {
	t.Parallel()
	english, err := os.ReadFile("../README.md")
	check(t, err)
	japanese, err := os.ReadFile("docs/README.ja.md")
	check(t, err)
	blocks := block.FindAllString(string(japanese), -1)
	if len(blocks) < 3 {
		t.Errorf("only %d blocks were found in the Japanese page", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(string(english), "\n"+block) {
			t.Errorf("README.md does not show this, and the Japanese page does:\n%s", block)
		}
	}
}

// link finds where a page leads to.
var link = regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`)

// TestLinksOfPages holds that each link of a page to another, or to a section, leads to
// something.
func TestLinksOfPages(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		check(t, err)
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			target, section := match[1], match[2]
			if strings.Contains(target, ":") {
				continue // elsewhere
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			there, err := os.ReadFile(file)
			if err != nil {
				t.Errorf("%s leads to %s, which is not there", page, target)
			} else if section != "" && !slices.Contains(sections(string(there)), section) {
				t.Errorf("%s leads to %s#%s, and there is no such section", page, target, section)
			}
		}
	}
}

// sections are the names by which the headings of a page are found.
func sections(page string) (names []string) {
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(match[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
