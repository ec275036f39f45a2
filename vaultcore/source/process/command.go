package process

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Command is a command of the config file.
type Command struct {
	Key     string   // the key that says it: "credential_process"
	Text    string   // exactly as the file has it
	Profile string   // the profile that says it
	Shell   bool     // it is written for a shell
	Env     []string // NAME=value, beside the person's
}

// String names the command in a message: "the credential_process of dev".
func (c Command) String() string {
	return "the " + c.Key + " of " + vaultcore.Printable(c.Profile)
}

// notName is what a name in a list of settings does not have.
var notName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// ID tells commands apart by all that is confirmed of them, in a way that a list in
// the settings can hold: the name of the program, for a person, and a hash of the
// text, "okta:5c1e…".
func (c Command) ID() string {
	sum := sha256.Sum256([]byte(c.Key + "\x00" + c.Text))
	name := strings.Trim(notName.ReplaceAllString(c.Program(), "-"), "-")
	return name[:min(len(name), 32)] + ":" + hex.EncodeToString(sum[:16])
}

// Program is the name of the program that the command starts with, without its
// folder; empty when there is none.
func (c Command) Program() string {
	words, err := Split(c.Text)
	if c.Shell || err != nil || len(words) == 0 {
		words = strings.Fields(c.Text)
	}
	if len(words) == 0 {
		return ""
	}
	return filepath.Base(words[0])
}

// Marker is the variable by which a vaultbar that a command starts says for which
// commands it works: their ids, with spaces between them.
const Marker = "VAULTBAR_PROCESS"

// within says whether who asks was started by this very command.
func (c Command) within(env vaultcore.Environment) bool {
	return slices.Contains(strings.Fields(env.Get(Marker)), c.ID())
}

// markers are the commands that those who wait for one work for, and its own.
func (c Command) markers(callers []*vaultcore.Caller) string {
	ids := []string{c.ID()}
	for _, caller := range callers {
		for _, id := range strings.Fields(caller.Env.Get(Marker)) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return strings.Join(ids, " ")
}
