package cli

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// asking are the flags that answer a question ahead.
type asking struct {
	token      string
	tokenStdin bool
}

// bindPrompt adds the flag that says where questions go. Every command has it,
// and it may come before the command's name.
func (p *program) bindPrompt(flags *pflag.FlagSet) {
	p.prompt, p.badPrompt = promptMode(vaultcore.PromptAuto), nil
	if wanted := p.env.get("AWS_VAULT_PROMPT"); wanted != "" {
		if err := p.prompt.Set(wanted); err != nil {
			p.badPrompt = usagef("AWS_VAULT_PROMPT %s", err).WithHint("correct it, or unset it")
		}
	}
	flags.Var(&p.prompt, "prompt", "where to ask: auto, terminal, dialog or none; ykman has a YubiKey make MFA codes")
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
	if p.badPrompt != nil && p.prompt == promptMode(vaultcore.PromptAuto) {
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
		line, err := firstLine(p.in)
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
		Prompt:      vaultcore.PromptMode(p.prompt),
		Preanswered: asker.Preanswered(),
		Ask:         asker.Ask,
		Remote:      p.env.get("SSH_CONNECTION") != "" || p.env.get("SSH_TTY") != "",
	}
}

// mayAsk has the app do something about which it may ask whoever sits at this terminal.
func (p *program) mayAsk(ctx context.Context, do func(ctx context.Context, app agent.Service, caller vaultcore.Caller) error) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.reach()
	_, err = request(ctx, asker.Answered, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(ctx, app, p.caller(asker, ""))
	})
	return err
}

// firstLine reads one line and not a byte more: the rest is for the command that
// exec runs.
func firstLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < 64; {
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

// promptMode is the value of --prompt.
type promptMode vaultcore.PromptMode

// String returns the mode.
func (m *promptMode) String() string { return string(*m) }

// Type names the value in the help.
func (*promptMode) Type() string { return "where" }

// Set takes a mode.
func (m *promptMode) Set(text string) error {
	switch mode := otherPrompt(text); mode {
	case vaultcore.PromptAuto, vaultcore.PromptTerminal, vaultcore.PromptDialog, vaultcore.PromptNone, vaultcore.PromptYkman:
		*m = promptMode(mode)
		return nil
	case "pass":
		return usagef("must be one of auto, terminal, dialog, none, ykman: for a code from pass, set mfa_process = pass otp DEVICE in the config file")
	default:
		return usagef("must be one of auto, terminal, dialog, none, ykman")
	}
}

// length is the value of a flag that is a time: "1h30m", or seconds.
type length time.Duration

// String returns the time as it can be given.
func (l *length) String() string {
	if *l == 0 {
		return ""
	}
	return time.Duration(*l).String()
}

// Type names the value in the help.
func (*length) Type() string { return "time" }

// Set takes a time.
func (l *length) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		seconds, notNumber := strconv.ParseUint(text, 10, 31)
		if notNumber != nil {
			return usagef("must be a duration such as 1h, 90m or 3600 (seconds)")
		}
		d = time.Duration(seconds) * time.Second
	}
	if d < 0 {
		return usagef("must not be negative")
	}
	*l = length(d)
	return nil
}

// region is the value of --region.
type region string

// String returns the region.
func (r *region) String() string { return string(*r) }

// Type names the value in the help.
func (*region) Type() string { return "name" }

// Set takes what has the shape of a region's name.
func (r *region) Set(text string) error {
	if !aws.ValidRegion(text) {
		return usagef("must be a region such as eu-central-1")
	}
	*r = region(text)
	return nil
}
