package cli

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// asking are the flags that answer a question ahead.
type asking struct {
	token      string
	tokenStdin bool
}

// bindPrompt adds the flag that says where questions go. Every command has it,
// and it may come before the command's name.
func (p *program) bindPrompt(flags *pflag.FlagSet) {
	p.prompt, p.badPrompt = vaultcore.PromptAuto, nil
	if wanted := p.env.get("AWS_VAULT_PROMPT"); wanted != "" {
		if err := promptMode(&p.prompt).Set(wanted); err != nil {
			p.badPrompt = usagef("AWS_VAULT_PROMPT %s", err).WithHint("correct it, or unset it")
		}
	}
	flags.Var(promptMode(&p.prompt), "prompt", "where to ask: auto, terminal, dialog or none; ykman has a YubiKey make MFA codes")
}

// bind adds the flags that answer a question for MFA ahead.
func (a *asking) bind(flags *pflag.FlagSet) {
	flags.StringVarP(&a.token, "mfa-token", "t", "", "the MFA `code`; other programs can see it while this one runs, --mfa-stdin hides it")
	flags.BoolVar(&a.tokenStdin, "mfa-stdin", false, "read the MFA code from the first line of stdin")
}

// asker answers the app's questions at this terminal; an AWS_VAULT_PROMPT that cannot be
// read fails here, where it would count. serving says that the
// result goes to a program.
func (p *program) asker(a asking, serving bool) (*terminal.Asker, error) {
	if p.badPrompt != nil && p.prompt == vaultcore.PromptAuto {
		return nil, p.badPrompt
	}
	asker := &terminal.Asker{
		Terminal:   terminal.Find(p.in, p.err, serving, p.catch),
		Passphrase: vaultcore.NewSecret(p.env.get("VAULTBAR_FILE_PASSPHRASE")),
	}
	code := a.token
	switch {
	case a.tokenStdin && code != "":
		return nil, usagef("--mfa-token and --mfa-stdin cannot be used together")
	case a.tokenStdin:
		line, err := firstLine(p.in, longestCode)
		if err != nil {
			return nil, usagef("the MFA code cannot be read from stdin: %s", err)
		}
		code = line
	case code == "":
		return asker, nil
	}
	digits, ok := vaultcore.ReadCode(strings.TrimSpace(code))
	if !ok {
		return nil, usagef("an MFA code has six digits")
	}
	asker.Code = vaultcore.NewSecret(digits)
	return asker, nil
}

// caller is this process as the app sees it. name is what the person ran, when
// that is better than the name of this process.
func (p *program) caller(asker *terminal.Asker, name string) vaultcore.Caller {
	return vaultcore.Caller{
		Program:     name,
		Terminal:    asker.Terminal.State(),
		Prompt:      p.prompt,
		Preanswered: asker.Preanswered(),
		Ask:         asker.Ask,
		Remote:      p.overSSH(),
	}
}

// overSSH says whether the person came over SSH, as far as the environment tells. That of
// tmux is from where it was started, but for what it renews when somebody attaches.
func (p *program) overSSH() bool {
	return p.env.get("SSH_CONNECTION") != "" || p.env.get("SSH_TTY") != "" && p.env.get("TMUX") == ""
}

// terminal is the terminal where this command was typed, for one whose result a person
// reads.
func (p *program) terminal() *terminal.Terminal { return terminal.Find(p.in, p.err, false, p.catch) }

// agree has the person agree to what they are asked; usual is what an empty line says.
// flag is what answers it where nobody can be asked, and not is what a no means.
func agree(ctx context.Context, t *terminal.Terminal, question string, usual bool, flag, not string) error {
	sure, err := t.Confirm(ctx, question, usual)
	switch {
	case err != nil:
		return unasked(err, flag)
	case !sure:
		return vaultcore.Faultf(vaultcore.ErrCanceled, "%s", not)
	default:
		return nil
	}
}

// unasked adds the way on to a failure of having nobody to ask.
func unasked(err error, hint string) error {
	if exitCode(err) != exitNobody {
		return err
	}
	return &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Message: err.Error(), Hint: hint, Cause: err}
}

// number asks for the number of one of several things, which is an empty line or other
// text where it is none of theirs.
func number(ctx context.Context, t *terminal.Terminal, question string, most int) (n int, text string, err error) {
	text, err = t.Line(ctx, question)
	text = strings.TrimSpace(text)
	if n, failed := strconv.Atoi(text); failed == nil && n > 0 && n <= most {
		return n, text, err
	}
	return 0, text, err
}

// How many bytes of what is given on stdin are read.
const (
	longestCode       = 64
	longestPassphrase = 4096
)

// firstLine reads one line and not a byte more: the rest is for the command that
// exec runs.
func firstLine(r io.Reader, most int) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < most; {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n', err == io.EOF:
			return string(line), nil
		case err != nil:
			return "", err
		}
		line = append(line, one[:n]...)
	}
	return string(line), nil
}
