//go:build linux

package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is what README.md shows as typed at a terminal.
var block = regexp.MustCompile(`(?m)^    (\S.*)$`)

// quickStart are the lines of README.md up to the first credentials, without those that
// install: they are typed as they are printed.
func quickStart(t *testing.T) (lines []string) {
	t.Helper()
	text, err := os.ReadFile("../README.md")
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
	return lines[first:]
}

// Somebody new, with a key in a plain file and a Debian without Go, has the package and
// types what README.md says: one yes and one code, and a program has a session.
func TestNewcomerOnDebian(t *testing.T) {
	t.Parallel()
	lines := quickStart(t)
	m := newMachine(t)
	m.writeConfig("[profile bastion]\nregion = eu-central-1\nmfa_serial = " + m.aws.MFA.Serial() + "\n")
	key := "[bastion]\naws_access_key_id = " + m.aws.Key.ID() + "\naws_secret_access_key = " + m.aws.Key.Secret().Reveal() + "\n"
	m.check(os.WriteFile(m.credentialsFile(), []byte(key), 0o600))
	// AWS's own command line is not in every Debian; this one says whose session it has.
	m.check(os.WriteFile(filepath.Join(m.root, "usr/local/bin/aws"), []byte("#!/bin/sh\necho \"session=$AWS_ACCESS_KEY_ID.\"\n"), 0o755))
	m.deb("v1.0.0")
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
