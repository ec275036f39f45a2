//go:build linux

package stories_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// followed says of each line that README.md has people type which test types it, or why
// none does. The Japanese page shows the same blocks, which packaging holds.
var followed = []struct {
	line string
	by   func(*testing.T)
	not  string
}{
	{line: "make install PREFIX=$HOME/.local", by: TestNewcomerWithGo},
	{line: `export PATH="$HOME/.local/bin:$PATH"`, by: TestNewcomerWithGo},
	{line: "vaultbar import", by: TestNewcomerWithGo},
	{line: "vaultbar exec bastion -- aws sts get-caller-identity", by: TestNewcomerWithGo},
	{line: "vaultbar login bastion", by: TestReadme},
	{line: "vaultbar setup bastion", by: TestReadme},
	{line: "$ vaultbar import", by: TestReadme},
	{line: installDebian, by: TestNewcomerOnDebian},
	{line: "vaultbar signin PROFILE", by: TestStorySignIn},
	{line: "~/.aws/config         keychain of the system        AWS (STS)", not: "a drawing"},
}

// shownBlock is a block of README.md, without its indent.
var shownBlock = regexp.MustCompile(`(?m)(?:^ {4,}\S.*\n(?:\n? {4,}.*\n)*)`)

// blocksOfReadme are the blocks of README.md, each in its lines.
func blocksOfReadme(t *testing.T) (text string, blocks [][]string) {
	t.Helper()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range shownBlock.FindAllString(string(page), -1) {
		var lines []string
		for line := range strings.Lines(block) {
			lines = append(lines, strings.TrimSpace(line))
		}
		blocks = append(blocks, lines)
	}
	return string(page), blocks
}

// TestReadmeIsFollowed holds that each line to type is in the table, and nothing else. What
// a program prints and a drawing follow on the first line of their block.
func TestReadmeIsFollowed(t *testing.T) {
	t.Parallel()
	text, blocks := blocksOfReadme(t)
	known := func(line string) bool {
		for _, row := range followed {
			if row.line == line {
				return true
			}
		}
		return false
	}
	for _, lines := range blocks {
		if strings.HasPrefix(lines[0], "$ ") || !regexp.MustCompile(`^[a-z]`).MatchString(lines[0]) {
			lines = lines[:1]
		}
		for _, line := range lines {
			if !known(line) {
				t.Errorf("README.md shows %q, and no test types it", line)
			}
		}
	}
	for _, row := range followed {
		if !strings.Contains(text, row.line) || (row.by == nil) == (row.not == "") {
			t.Errorf("README.md does not show %q, or it has not one of a test and a reason", row.line)
		}
	}
}

// TestReadme types `import` as "From plain keys" of README.md shows it, and compares what
// is printed; and then the commands of the quick start that no newcomer's test types.
func TestReadme(t *testing.T) {
	t.Parallel()
	_, blocks := blocksOfReadme(t)
	at := slices.IndexFunc(blocks, func(lines []string) bool { return lines[0] == "$ vaultbar import" })
	if at < 0 {
		t.Fatal("README.md does not show an import")
	}
	f := newFakeBrowsers(newWorld(t))
	ended := f.serve(f.app())
	t.Cleanup(func() {
		_ = f.command("vaultbar", "stop").Run() // that it ends is what counts
		ended()
	})
	f.hasPlainKey()
	person := f.sit(f.command("vaultbar", "import"))
	person.expect("[Y/n] ")
	person.answer("y")
	if code := person.wait(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, person.all())
	}
	prints(t, person.all(), blocks[at][1:])

	if got := f.run("setup", "bastion"); got.code != 0 {
		t.Errorf("setup after import: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	f.signIn("bastion")
	person = f.sit(f.command("vaultbar", "login", "bastion"))
	if code := person.wait(); code != 0 {
		t.Errorf("login: exit code %d\n%s", code, person.all())
	}
	if n := f.aws.Server.Count("getSigninToken"); n != 1 {
		t.Errorf("the console was signed in to %d times", n)
	}
}

// differ is what is another's on each machine: the end of a key's id, and where vaultbar is.
var differ = regexp.MustCompile(`AKIA….{4}|\S+/vaultbar `)

// prints checks that lines are printed as they are shown, one after the other but for where
// an ellipsis leaves some out.
func prints(t *testing.T, printed string, shown []string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(differ.ReplaceAllString(printed, "(differs)")) {
		lines = append(lines, strings.TrimSpace(line))
	}
	at, skip := 0, true // the table begins somewhere
	for _, want := range shown {
		if want == "…" {
			skip = true
			continue
		}
		next := slices.Index(lines[at:], differ.ReplaceAllString(want, "(differs)"))
		if next < 0 || next > 0 && !skip {
			t.Fatalf("README.md shows %q, which is not next in what is printed:\n%s", want, printed)
		}
		at, skip = at+next+1, false
	}
}
