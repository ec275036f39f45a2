package awsvault

import "strings"

// Here is what becomes of a flag of aws-vault.
type Here int

// What may become of a flag.
const (
	Same    Here = iota // it is passed on by its name
	Asked               // it asks for something else than a command, such as help
	Renamed             // it is passed on by the name in Text
	Negated             // its opposite, --no-NAME, is the flag here
	Ignored             // it is accepted and does nothing; Text says why it can be left out
	Refused             // it would change the result; Text says what to do instead
)

// Flag is a flag of aws-vault.
type Flag struct {
	Name  string
	Short string // one letter; empty for none
	Takes bool   // a value; else it has an opposite, --no-NAME
	Here  Here
	Text  string
	// Usual is the value that aws-vault has without the flag: who says that says
	// nothing.
	Usual  string
	Values []string // those that completion offers
	Later  bool     // it came after 7.2, in the fork that goes on
	Hidden bool     // help and completion leave it out
}

// Command is a command of aws-vault.
type Command struct {
	Name, Alias string
	Flags       []Flag
	Profile     bool // its first argument is a profile, which completion offers
	Runs        bool // what follows the profile is another program's
	// Adds are the flags with which the command here does what aws-vault's does.
	Adds []string
	// Text says what to do instead of a command that is not here. One that there is
	// nothing to do for succeeds with it; see Needless.
	Text     string
	Needless bool
	Later    bool // it came after 7.2
	Hidden   bool // help and completion leave it out
}

// global are the flags that every command has.
var global = []Flag{
	{Name: "help", Here: Asked},
	{Name: "version", Here: Asked},
	{Name: "debug", Here: Ignored, Text: "`vaultbar status` shows where the log is"},
	{Name: "backend", Takes: true, Here: Refused, Values: []string{"secret-service", "keychain", "wincred", "kwallet", "pass", "file"},
		Text: "omit it: Vaultbar has a keychain of its own, which VAULTBAR_BACKEND or the setting `backend` chooses; `vaultbar import --from aws-vault --backend NAME` copies keys from aws-vault's"},
	{Name: "prompt", Takes: true, Values: []string{"terminal", "dialog", "ykman", "auto", "none"}},
	{Name: "keychain", Takes: true, Here: Refused, Usual: "aws-vault",
		Text: "omit it: Vaultbar has a keychain of its own; `AWS_VAULT_KEYCHAIN_NAME=NAME vaultbar import --from aws-vault` copies keys from that one"},
	{Name: "secret-service-collection", Takes: true, Here: Refused, Usual: "awsvault",
		Text: "omit it: Vaultbar has a keychain of its own; `AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME=NAME vaultbar import --from aws-vault` copies keys from that collection"},
	{Name: "pass-dir", Takes: true, Here: Refused,
		Text: "omit it: Vaultbar stores its keys elsewhere; `AWS_VAULT_PASS_PASSWORD_STORE_DIR=DIR vaultbar import --from aws-vault --backend pass` copies keys from that store"},
	{Name: "pass-cmd", Takes: true, Here: Refused,
		Text: "omit it: Vaultbar runs pass only for `vaultbar import --from aws-vault --backend pass`, and there by its own name"},
	{Name: "pass-prefix", Takes: true, Here: Refused,
		Text: "omit it: Vaultbar stores its keys elsewhere; `AWS_VAULT_PASS_PREFIX=PREFIX vaultbar import --from aws-vault --backend pass` copies keys stored under that prefix"},
	{Name: "file-dir", Takes: true, Here: Refused, Usual: "~/.awsvault/keys/",
		Text: "omit it: Vaultbar has a keychain of its own; `AWS_VAULT_FILE_DIR=DIR vaultbar import --from aws-vault --backend file` copies keys from that folder"},
	{Name: "biometrics", Here: Refused, Later: true,
		Text: "omit it: the keychain asks for what it needs when Vaultbar unlocks it, not at every command"},
	{Name: "help-long", Here: Asked, Hidden: true},
	{Name: "help-man", Here: Refused, Hidden: true, Text: "`man vaultbar` shows the manual page; --help lists the commands"},
	{Name: completionFlag, Here: Asked, Hidden: true},
	{Name: "completion-script-bash", Here: Asked, Hidden: true},
	{Name: "completion-script-zsh", Here: Asked, Hidden: true},
}

// commands are aws-vault's, in the order of its help.
var commands = []Command{
	{Name: "help"},
	{Name: "add", Flags: []Flag{
		{Name: "env"},
		{Name: "add-config", Here: Negated, Text: "a profile is added to the config file anyway; --no-add-config leaves it alone"},
	}},
	{Name: "remove", Alias: "rm", Profile: true, Flags: []Flag{
		{Name: "sessions-only", Short: "s", Hidden: true},
		{Name: "force", Short: "f"},
	}},
	{Name: "list", Alias: "ls", Flags: []Flag{
		{Name: "profiles"},
		{Name: "sessions"},
		{Name: "credentials"},
	}},
	{Name: "rotate", Profile: true, Adds: []string{"--yes", "--delete-after=0"}, Flags: []Flag{{Name: "no-session", Short: "n"}}},
	{Name: "exec", Profile: true, Runs: true, Flags: []Flag{
		{Name: "duration", Short: "d", Takes: true},
		{Name: "no-session", Short: "n"},
		{Name: "region", Takes: true},
		{Name: "mfa-token", Short: "t", Takes: true},
		{Name: "json", Short: "j", Hidden: true},
		{Name: "server", Short: "s"},
		{Name: "ec2-server"},
		{Name: "ecs-server"},
		{Name: "lazy", Here: Ignored, Text: "a session is created when the first program asks"},
		{Name: "stdout"},
		{Name: "profile-env", Here: Refused, Later: true,
			Text: "omit it: after `vaultbar setup PROFILE`, AWS_PROFILE=PROFILE is all that AWS's tools need"},
	}},
	{Name: "export", Profile: true, Flags: []Flag{
		{Name: "duration", Short: "d", Takes: true},
		{Name: "no-session", Short: "n"},
		{Name: "region", Takes: true},
		{Name: "mfa-token", Short: "t", Takes: true},
		{Name: "format", Takes: true, Values: []string{"env", "export-env", "json", "ini"}},
		{Name: "stdout"},
	}},
	{Name: "clear", Profile: true},
	{Name: "login", Profile: true, Flags: []Flag{
		{Name: "duration", Short: "d", Takes: true},
		{Name: "no-session", Short: "n", Here: Ignored, Text: "Vaultbar chooses the session that signs in; `vaultbar explain PROFILE` shows which"},
		{Name: "mfa-token", Short: "t", Takes: true},
		{Name: "path", Takes: true},
		{Name: "region", Takes: true},
		{Name: "stdout", Short: "s"},
		{Name: "auto-logout", Short: "a", Here: Renamed, Text: "logout-first", Later: true},
	}},
	{Name: "proxy", Alias: "server", Hidden: true, Needless: true,
		Text:  "there is nothing to start or stop: `exec --ec2-server` serves on a port of its own, and needs no root; `vaultbar serve PROFILE` serves until it is stopped",
		Flags: []Flag{{Name: "stop"}}},
	{Name: "migrate-backend", Later: true, Text: "`vaultbar import --from aws-vault` copies the keys of any backend"},
	{Name: "version", Later: true},
}

// Commands are all commands of aws-vault. The slice is shared: do not write to it.
func Commands() []Command { return commands }

// Global are the flags of every command. The slice is shared: do not write to it.
func Global() []Flag { return global }

// commandNamed finds a command by its name or its alias.
func commandNamed(name string) *Command {
	for i := range commands {
		if c := &commands[i]; name != "" && (c.Name == name || c.Alias == name) {
			return c
		}
	}
	return nil
}

// flagNamed finds a flag, of the command or of all; opposite says that it has a no-
// before it. Before the command is known, c is nil.
func (c *Command) flagNamed(name string) (f *Flag, opposite bool) {
	if f := c.exactly(name); f != nil {
		return f, false
	}
	bare, ok := strings.CutPrefix(name, "no-")
	if f := c.exactly(bare); ok && f != nil && !f.Takes {
		return f, true
	}
	return nil, false
}

// flagTyped finds a flag as it was typed, without a value.
func (c *Command) flagTyped(word string) (f *Flag, opposite bool) {
	if name, long := strings.CutPrefix(word, "--"); long {
		return c.flagNamed(name)
	}
	if len(word) == 2 && word[0] == '-' {
		return c.shortNamed(word[1:]), false
	}
	return nil, false
}

func (c *Command) exactly(name string) *Flag {
	return c.find(func(f *Flag) bool { return f.Name == name })
}

// shortNamed finds a flag by its letter.
func (c *Command) shortNamed(letter string) *Flag {
	return c.find(func(f *Flag) bool { return f.Short == letter })
}

func (c *Command) find(is func(*Flag) bool) *Flag {
	for _, flags := range c.all() {
		for i := range flags {
			if is(&flags[i]) {
				return &flags[i]
			}
		}
	}
	return nil
}

// all are the flags of a command, then those of every command.
func (c *Command) all() [][]Flag {
	if c == nil {
		return [][]Flag{global}
	}
	return [][]Flag{c.Flags, global}
}
