package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/accesskey"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type addOptions struct {
	profile     string
	fromEnv     bool
	fromStdin   bool
	noVerify    bool
	noAddConfig bool
	replace     bool
	mfaSerial   string
	region      string
}

func (p *program) addCommand() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add [flags] PROFILE",
		Short: "Put an access key into the keychain",
		Long: `Put the access key of a profile into the keychain. You type the key, or it is read from
the environment or from stdin. It is checked with AWS first, and the profile is
added to the config file if it is missing there. If the keychain already has a key for
the profile, you are asked before it is replaced; without a terminal, pass --replace.`,
		Example: `  vaultbar add bastion
  aws iam create-access-key | vaultbar add --stdin bastion`,
		Args:              oneProfile,
		ValidArgsFunction: p.completesOne(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = args[0]
			return p.add(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.fromEnv, "env", false, "take the key from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	flags.BoolVar(&o.fromStdin, "stdin", false, "take the key from stdin: JSON, or the CSV file of the IAM console")
	flags.BoolVar(&o.noVerify, "no-verify", false, "do not check the key with AWS")
	flags.BoolVar(&o.noAddConfig, "no-add-config", false, "leave the config file alone")
	flags.BoolVar(&o.replace, "replace", false, "replace the key that the keychain has, without asking")
	flags.StringVar(&o.mfaSerial, "mfa-serial", "", "the MFA `device` of the profile, written to the config file")
	flags.Var(region(&o.region), "region", "the region of the profile, written to the config file")
	return cmd
}

// check refuses flags that contradict each other.
func (o addOptions) check() error {
	switch {
	case o.fromEnv && o.fromStdin:
		return usagef("--env and --stdin cannot be used together")
	case o.noAddConfig && (o.mfaSerial != "" || o.region != ""):
		return usagef("--mfa-serial and --region cannot be used with --no-add-config")
	default:
		return nil
	}
}

func (p *program) add(ctx context.Context, o addOptions) error {
	if err := errors.Join(o.check(), vaultcore.CheckProfileName(o.profile)); err != nil {
		return err
	}
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.app.Client()
	snap, err := app.Snapshot(ctx) // the app must be there before a secret is typed
	if err != nil {
		return err
	}
	if err := p.agreeToReplace(ctx, o, asker.Terminal, snap); err != nil {
		return err
	}
	key, err := p.readKey(ctx, o, asker.Terminal)
	if err != nil {
		return err
	}
	if !o.noVerify {
		if key.AccountID, o.mfaSerial, err = p.verify(ctx, app, o, asker, snap, key); err != nil {
			return err
		}
	}
	_, err = reach.Request(ctx, asker, reach.Bare(app.Add), agent.AddRequest{
		Profile: o.profile, Key: key, EditConfig: !o.noAddConfig,
		MFASerial: o.mfaSerial, Region: o.region, Caller: p.caller(asker, ""),
	})
	if err != nil {
		return err
	}
	p.tellAdded(o.profile, snap)
	p.adviseSetup(ctx, app, o.profile)
	if !o.noAddConfig && o.region == "" && snap.Profile(o.profile).Region == "" && p.envRegion() == "" {
		p.hint(noRegion(o.profile))
	}
	p.propose(ctx, app, asker.Terminal, o.profile)
	return nil
}

// agreeToReplace asks whether the new key may take the place of one that the
// keychain has, which may be its only copy.
func (p *program) agreeToReplace(ctx context.Context, o addOptions, t *terminal.Terminal, snap vaultcore.Snapshot) error {
	if o.replace || !slices.Contains(snap.Keys, o.profile) {
		return nil
	}
	question := "The keychain already has an access key for " + vaultcore.Printable(o.profile) + ". Replace it?"
	switch sure, err := t.Confirm(ctx, question, false); {
	case exitCode(err) == exitNobody:
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the keychain already has an access key for %s", vaultcore.Printable(o.profile)).
			WithHint("use --replace to replace it without asking")
	case err != nil:
		return err
	case !sure:
		return vaultcore.Faultf(vaultcore.ErrCanceled, "the key was not replaced")
	default:
		return nil
	}
}

// readKey takes the key from where the person has it.
func (p *program) readKey(ctx context.Context, o addOptions, t *terminal.Terminal) (vaultcore.Credentials, error) {
	switch {
	case o.fromStdin:
		return accesskey.Parse(p.in)
	case o.fromEnv:
		if p.env.get("AWS_SESSION_TOKEN") != "" {
			return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrKey, "the environment has a temporary key: AWS_SESSION_TOKEN is set").
				WithHint("a long-term key starts with AKIA and has no session token")
		}
		if p.env.get("AWS_ACCESS_KEY_ID") == "" || p.env.get("AWS_SECRET_ACCESS_KEY") == "" {
			return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrKey, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set").
				WithHint("set both, or omit --env and type the key")
		}
		return accesskey.New(p.env.get("AWS_ACCESS_KEY_ID"), vaultcore.NewSecret(p.env.get("AWS_SECRET_ACCESS_KEY")))
	}
	id, err := t.Line(ctx, "Access key id: ")
	if err != nil {
		return vaultcore.Credentials{}, unasked(err, "without a terminal, pass the key with --stdin or --env")
	}
	if err := vaultcore.CheckKeyID(strings.TrimSpace(id)); err != nil {
		return vaultcore.Credentials{}, err
	}
	secret, err := t.Hidden(ctx, "Secret access key: ")
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return accesskey.New(id, secret)
}

// tellAdded says what was done, and that a key in plain text goes before it.
func (p *program) tellAdded(profile string, snap vaultcore.Snapshot) {
	name := vaultcore.Printable(profile)
	p.tell("Added %s.", name)
	at := slices.IndexFunc(snap.Plain, func(k vaultcore.PlainKey) bool { return k.Profile == profile })
	if at >= 0 {
		p.hint(fmt.Sprintf("a key of %s is still in plain text in %s, line %d, and AWS's tools use that first: `vaultbar import %s` removes it",
			name, snap.Plain[at].File, snap.Plain[at].Line, vaultcore.Argument(profile)))
	}
}

// adviseSetup names the next step, unless it was taken before.
func (p *program) adviseSetup(ctx context.Context, app agent.Service, profile string) {
	command, err := ownPath(p.calledAs())
	if err == nil {
		shown, err := app.Setup(ctx, agent.SetupRequest{Profiles: []string{profile}, Command: command})
		if err == nil && shown.Diff == "" {
			return
		}
	}
	p.tell("To let aws and the SDKs use it:  vaultbar setup %s   (writes one credential_process line to ~/.aws/config)", vaultcore.Argument(profile))
}
