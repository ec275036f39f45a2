// Package awsvault knows the command line of aws-vault: its commands, its flags and its
// variables, and what each of them is in Vaultbar. It is a table (table.go, variables.go),
// and pure functions over it: what a command line becomes ([Read]), what can be
// typed next ([Complete]), and what to do instead of what is not here ([Instead]).
//
// Nothing is run here, nothing is asked, and there is no knowledge of cobra: package
// cli acts on what is decided. The table is data that the linker lays out; a command that
// is called by its own name pays nothing for it.
//
// The facts are those of aws-vault 7.2.0 and of the parser that it uses, kingpin 2.3.1;
// what is marked as later came in the fork that goes on, ByteNess/aws-vault. A test
// holds the table to the recorded list of 7.2.
package awsvault

import (
	"path/filepath"
	"strings"
)

// Name is what aws-vault is called by.
const Name = "aws-vault"

// Version is the version of aws-vault whose command line this is. Scripts compare it.
const Version = "v7.2.0"

const completionFlag = "completion-bash"

// CompletionFlag asks what can be typed next: aws-vault's files for the shells do.
const CompletionFlag = "--" + completionFlag

// Called says whether a program was called by aws-vault's name: by a link, or a copy.
func Called(argv0 string) bool {
	base := filepath.Base(argv0)
	if ext := len(base) - len(".exe"); ext > 0 && strings.EqualFold(base[ext:], ".exe") {
		return strings.EqualFold(base[:ext], Name)
	}
	return base == Name
}

// Kind is what a command line of aws-vault wants.
type Kind int

// What it may want.
const (
	Run         Kind = iota // a command of Vaultbar: Args
	ShowVersion             // the version
	HelpLong                // the help of all commands
	Completions             // what can be typed after Args
	Nothing                 // what there is no need for: Why
)

// Call is a command line of aws-vault, as Vaultbar has it.
type Call struct {
	Kind Kind
	Args []string
	Why  string
}

// Refusal is what Vaultbar has no counterpart for.
type Refusal struct {
	What    string // as it was typed
	Instead string // the next step
}

// Error says what is missing.
func (r *Refusal) Error() string { return "Vaultbar has no " + r.What }

// Read turns the arguments of aws-vault into what they are here. Where a flag or a
// command is none of aws-vault's, they stay as they are: they may be Vaultbar's own. It may
// return: *Refusal.
func Read(args []string) (Call, error) {
	r := reader{rest: args}
	for len(r.rest) > 0 && !r.done {
		arg := r.rest[0]
		r.rest = r.rest[1:]
		if err := r.take(arg); err != nil {
			return Call{}, err
		}
	}
	c := r.command
	switch {
	case r.call.Kind == Completions:
		return Call{Kind: Completions, Args: r.rest}, nil
	case r.call.Kind != Run:
		return Call{Kind: r.call.Kind}, nil
	case c != nil && c.Text != "" && c.Needless:
		return Call{Kind: Nothing, Why: c.Text}, nil
	case c != nil && c.Text != "":
		return Call{}, &Refusal{"command " + c.Name, c.Text}
	case c != nil && r.help:
		return Call{Args: []string{c.Name, "--help"}}, nil
	case r.help:
		return Call{Args: []string{"--help"}}, nil
	}
	r.pass(r.rest...)
	return r.call, nil
}

// reader goes through a command line.
type reader struct {
	rest     []string
	command  *Command
	operands int
	help     bool
	done     bool // what is left is passed on as it is
	call     Call
}

func (r *reader) pass(args ...string) { r.call.Args = append(r.call.Args, args...) }

func (r *reader) take(arg string) error {
	switch {
	case arg == "--":
		r.pass(arg)
		r.done = true
		return nil
	case strings.HasPrefix(arg, "--"):
		return r.long(arg)
	case strings.HasPrefix(arg, "-") && len(arg) > 1:
		return r.short(arg)
	}
	r.pass(arg)
	if r.command == nil {
		if r.command = commandNamed(arg); r.command == nil {
			r.done = true
			return nil
		}
		r.pass(r.command.Adds...)
		return nil
	}
	r.operands++
	r.done = r.command.Runs && r.operands == 2 // the program that is run
	return nil
}

// long reads --NAME, --NAME=VALUE, --NAME VALUE or --no-NAME.
func (r *reader) long(arg string) error {
	name, value, given := strings.Cut(arg[2:], "=")
	flag, opposite := r.command.flagNamed(name)
	switch {
	case flag == nil, !flag.Takes && given: // the latter is not aws-vault's way to say it
		r.pass(arg)
		return nil
	case !flag.Takes:
		return r.boolean(flag, "--"+flag.Name, opposite)
	case given:
		return r.valued(flag, value)
	default:
		return r.next(flag, arg)
	}
}

// short reads -X, -XY, -Xvalue or -X VALUE.
func (r *reader) short(arg string) error {
	for letters := arg[1:]; letters != ""; {
		letter := letters[:1]
		flag := r.command.shortNamed(letter)
		if flag == nil {
			r.pass("-" + letters)
			return nil
		}
		letters = letters[1:]
		switch {
		case flag.Takes && letters != "":
			return r.valued(flag, letters)
		case flag.Takes:
			return r.next(flag, "-"+letter)
		}
		if err := r.boolean(flag, "-"+letter, false); err != nil {
			return err
		}
	}
	return nil
}

// next takes the argument that follows as the value of a flag.
func (r *reader) next(flag *Flag, typed string) error {
	if len(r.rest) == 0 {
		r.pass(typed) // whoever parses it says what is missing
		return nil
	}
	value := r.rest[0]
	r.rest = r.rest[1:]
	return r.valued(flag, value)
}

// valued passes on a flag with a value.
func (r *reader) valued(flag *Flag, value string) error {
	if flag.Here == Refused && value != flag.Usual {
		return &Refusal{"--" + flag.Name, flag.Text}
	}
	if flag.Here == Same {
		r.pass("--" + flag.Name + "=" + value)
	}
	return nil
}

// boolean passes on a flag without a value, or its opposite.
func (r *reader) boolean(flag *Flag, typed string, opposite bool) error {
	switch here := flag.Here; {
	case here == Asked && !opposite:
		r.ask(flag.Name)
	case here == Refused && !opposite:
		return &Refusal{typed, flag.Text}
	case here == Asked, here == Refused, here == Ignored:
	case here == Negated && opposite:
		r.pass("--no-" + flag.Name)
	case here == Negated:
		r.pass("--no-" + flag.Name + "=false")
	case opposite:
		r.pass("--" + flag.here() + "=false")
	default:
		r.pass("--" + flag.here())
	}
	return nil
}

// ask takes a flag that asks for something else than a command.
func (r *reader) ask(name string) {
	switch name {
	case "help":
		r.help = true
	case "version":
		r.call.Kind = ShowVersion
	case "help-long":
		r.call.Kind = HelpLong
	case completionFlag:
		r.call.Kind, r.done = Completions, true
	case "completion-script-bash", "completion-script-zsh":
		r.call.Args, r.rest = []string{"completion", strings.TrimPrefix(name, "completion-script-")}, nil
	}
}

// here is the flag's name in Vaultbar.
func (f *Flag) here() string {
	if f.Here == Renamed {
		return f.Text
	}
	return f.Name
}

// Instead is what to do instead of a flag, as it was typed, that Vaultbar does not have
// for a command by its own name; empty where aws-vault has none either. A flag that
// Vaultbar has under another name is said to be that.
func Instead(command, typed string) string {
	c := commandNamed(command)
	flag, opposite := c.flagTyped(typed)
	switch {
	case flag == nil, flag.Here == Asked:
		return ""
	case flag.Here == Same && opposite:
		return "omit it: it is the default without --" + flag.Name
	case flag.Here == Same:
		return ""
	case flag.Here == Renamed:
		return "it is --" + flag.Text
	case flag.Here == Ignored:
		return "omit it: " + flag.Text
	default:
		return flag.Text
	}
}

// InsteadOf is what to do instead of a command that Vaultbar does not have; empty where
// aws-vault has none of that name either.
func InsteadOf(command string) string {
	if c := commandNamed(command); c != nil {
		return c.Text
	}
	return ""
}
