//go:build linux

package stories_test

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

// block is what README.md shows as typed at a terminal.
var block = regexp.MustCompile(`(?m)^    (\S.*)$`)

// quickStart are the lines of README.md up to the first credentials, those that install
// and the others: they are typed as they are printed.
func quickStart(t *testing.T) (install, lines []string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n## Quick start\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	for _, match := range block.FindAllStringSubmatch(section, -1) {
		lines = append(lines, match[1])
	}
	first := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "vaultbar ") })
	if first < 0 || len(lines) < first+2 {
		t.Fatalf("the quick start is %q", lines)
	}
	if !strings.Contains(string(text), "\n    "+installDebian+"\n") {
		t.Errorf("README.md does not say %q", installDebian)
	}
	return lines[:first], lines[first:]
}

// Somebody new, with a key in a plain file and a Debian without Go, has the package and
// types what README.md says: one yes and one code, and a program has a session.
func TestNewcomerOnDebian(t *testing.T) {
	t.Parallel()
	_, lines := quickStart(t)
	m := newMachine(t)
	m.hasPlainKey()
	// AWS's own command line is not in every Debian; this one says whose session it has.
	m.check(os.WriteFile(filepath.Join(m.root, "usr/local/bin/aws"), []byte("#!/bin/sh\necho \"session=$AWS_ACCESS_KEY_ID.\"\n"), 0o755))
	m.downloads(older, "vaultbar_*_amd64.deb")
	m.types(installDebian)

	person := m.sit(m.typed(lines[0]))
	person.expect("Move 1 key into the keychain? [Y/n] ")
	person.answer("y")
	person.expect("In the keychain now: bastion.")
	person = m.sit(m.typed(lines[1]))
	person.expect("MFA code for bastion")
	person.answer(m.code())
	person.expect("session=")
	person.expect(".")
	shown, _, _ := person.shown()
	_, id, _ := strings.Cut(shown, "session=")
	id, _, _ = strings.Cut(id, ".")
	if session, ok := m.aws.Server.Session(id); !ok {
		t.Errorf("AWS knows no session %q: %v", id, session)
	}
}

// hasPlainKey gives the person of a world what somebody new has.
func (w *world) hasPlainKey() {
	w.writeConfig("[profile bastion]\nregion = eu-central-1\nmfa_serial = " + w.aws.MFA.Serial() + "\n")
	key := "[bastion]\naws_access_key_id = " + w.aws.Key.ID() + "\naws_secret_access_key = " + w.aws.Key.Secret().Reveal() + "\n"
	w.check(os.WriteFile(w.credentialsFile(), []byte(key), 0o600))
}

// Somebody new, with a key in a plain file, Go and a clone, types what README.md says.
func TestNewcomerWithGo(t *testing.T) {
	t.Parallel()
	install, lines := quickStart(t)
	for program, in := range map[string]string{"make": "make", "git": "git", "go": "golang", "aws": "awscli"} {
		testenv.Program(t, program, in)
	}
	w := newWorld(t)
	w.hasPlainKey()
	clone := w.path("clone")
	out, err := exec.CommandContext(t.Context(), "git", "clone", "--quiet", "--depth=1", "../..", clone).CombinedOutput()
	testenv.That(t, err == nil, "a clone of the source to install from: "+string(out))
	// That of Debian 12 knows no variable that leads it to the AWS of the test.
	theirs, err := exec.LookPath("aws")
	w.check(err)
	w.check(os.Mkdir(w.path("tools"), 0o755))
	w.check(os.WriteFile(w.path("tools", "aws"), []byte("#!/bin/sh\nexec "+theirs+" --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"\n"), 0o755))
	caches, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE", "GOROOT").Output()
	w.check(err)
	of := strings.Fields(string(caches))
	w.env = w.with("GOCACHE="+of[0], "GOMODCACHE="+of[1], "PATH="+strings.Join([]string{w.path("tools"), filepath.Join(of[2], "bin"), "/usr/bin", "/bin"}, ":"))
	typed := func(line string) *exec.Cmd {
		script := strings.Join(append(slices.Clone(install[1:]), line), "\n")
		cmd := w.command("sh", "-c", script)
		cmd.Dir = clone
		return cmd
	}
	if got := w.do(typed(install[0])); got.code != 0 {
		t.Fatalf("%s: exit code %d\n%s%s", install[0], got.code, got.stdout, got.stderr)
	}
	person := w.sit(typed(lines[0]))
	person.expect("Move 1 key into the keychain? [Y/n] ")
	person.answer("y")
	person.expect("In the keychain now: bastion.")
	person = w.sit(typed(lines[1]))
	person.expect("MFA code for bastion")
	person.answer(w.code())
	person.expect(`"Arn": "` + w.aws.User.ARN())
}
