package process

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Codes gives MFA codes that programs print: an mfa_process, or ykman, which reads
// them from a YubiKey.
type Codes struct {
	runner *Runner
	mode   func() vaultcore.PromptMode
}

// NewCodes makes a source of codes. Mode is the person's setting of where questions
// go.
func NewCodes(r *Runner, mode func() vaultcore.PromptMode) *Codes { return &Codes{r, mode} }

// Has says what gives the code of a step in place of a person, for who waits under
// ctx: "the mfa_process of bastion"; empty for nothing.
func (c *Codes) Has(ctx context.Context, step plan.Step) string {
	switch {
	case step.MFASerial == "":
		return ""
	case step.MFAProcess != "":
		return codeCommand(step).String()
	case step.MFAPrompt == string(vaultcore.PromptYkman), c.mode() == vaultcore.PromptYkman,
		slices.ContainsFunc(vaultcore.AudienceOf(ctx).Callers(), byYkman):
		return "ykman"
	default:
		return ""
	}
}

func byYkman(caller *vaultcore.Caller) bool { return caller.Prompt == vaultcore.PromptYkman }

// Code has the code of a step made. Touch is called when a security key is to be
// touched. It may return: what [Runner.Run] returns.
func (c *Codes) Code(ctx context.Context, step plan.Step, touch func()) (vaultcore.Secret, error) {
	if step.MFAProcess == "" {
		return c.ykman(ctx, step, touch)
	}
	command := codeCommand(step)
	output, err := c.runner.Run(ctx, command, touch)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	return codeIn(output, command.String())
}

// codeCommand is the mfa_process of a step.
func codeCommand(step plan.Step) Command {
	return Command{Key: "mfa_process", Text: step.MFAProcess, Profile: step.MFAProfile, Shell: true}
}

// codeIn reads a code, with space around it. What else it may be is not quoted.
func codeIn(output vaultcore.Secret, from string) (vaultcore.Secret, error) {
	code, ok := vaultcore.ReadCode(strings.TrimSpace(output.Reveal()))
	if !ok {
		return vaultcore.Secret{}, vaultcore.Faultf(vaultcore.ErrProcess, "%s gave no MFA code: its output is not six digits", from).
			WithHint("it must print the code and nothing else; %s", hidden)
	}
	return vaultcore.NewSecret(code), nil
}

// The variables by which programs say how ykman is used, as aws-vault has them.
const (
	accountVariable = "YKMAN_OATH_CREDENTIAL_NAME"
	deviceVariable  = "YKMAN_OATH_DEVICE_SERIAL"
	versionVariable = "AWS_VAULT_YKMAN_VERSION"
)

// ykman has a YubiKey make the code. Which key and which account of it, whoever waits
// says: the one that is plugged in, and the one named as the MFA device is.
func (c *Codes) ykman(ctx context.Context, step plan.Step, touch func()) (vaultcore.Secret, error) {
	limit := c.runner.limitFor(ctx)
	run := &start{name: "ykman", args: ykmanArguments(step.MFASerial, environmentOf(ctx)), touch: touch}
	err := run.find(c.runner.environ)
	var output vaultcore.Secret
	if err == nil {
		output, err = c.runner.execute(ctx, run, limit)
	}
	var ended *exec.ExitError
	fault := func(format string, args ...any) *vaultcore.Fault {
		return vaultcore.Faultf(vaultcore.ErrProcess, "ykman gave no code of "+vaultcore.Printable(step.MFASerial)+": "+format, args...).WithCause(err)
	}
	switch {
	case err == nil:
		return codeIn(output, "ykman")
	case ctx.Err() != nil:
		return vaultcore.Secret{}, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return vaultcore.Secret{}, fault("it is not found").WithHint("install YubiKey Manager (ykman), or use another --prompt")
	case errors.Is(err, errDeadline):
		return vaultcore.Secret{}, fault("it did not finish within %s and was killed", vaultcore.Length(limit)).WithHint("try again")
	case errors.As(err, &ended):
		return vaultcore.Secret{}, fault("it ended with exit code %d", ended.ExitCode()).
			WithHint("plug the YubiKey in and touch it when it blinks; `ykman oath accounts list` shows its accounts, and %s selects one; a YubiKey with a password needs `ykman oath access remember` first", accountVariable)
	default:
		return vaultcore.Secret{}, fault("it cannot be run").WithHint("run `ykman oath accounts list` in a terminal to see why")
	}
}

// ykmanArguments call for the code of one account. Source: Yubico, "OATH Commands";
// versions before 4 have other names.
func ykmanArguments(serial string, env vaultcore.Environment) []string {
	var args []string
	if device := env.Get(deviceVariable); device != "" {
		args = append(args, "--device", device)
	}
	if slices.Contains([]string{"1", "2", "3"}, env.Get(versionVariable)) {
		args = append(args, "oath", "code", "--single", "--")
	} else {
		args = append(args, "oath", "accounts", "code", "--single", "--")
	}
	if account := env.Get(accountVariable); account != "" {
		return append(args, account)
	}
	return append(args, serial)
}

// environmentOf is the environment of whoever waits the longest and says anything of
// ykman.
func environmentOf(ctx context.Context) vaultcore.Environment {
	for _, caller := range vaultcore.AudienceOf(ctx).Callers() {
		if caller.Env.Get(accountVariable)+caller.Env.Get(deviceVariable)+caller.Env.Get(versionVariable) != "" {
			return caller.Env
		}
	}
	return vaultcore.Environment{}
}
