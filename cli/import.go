package cli

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type importOptions struct {
	wanted agent.ImportRequest
	from   string
	vault  vaultcore.AWSVault
	plain  bool // AWS's own tools are left as they are
	dry    bool
	yes    bool
}

func (p *program) importCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import [flags] [PROFILE…]",
		Short: "Move plain-text access keys into the keychain",
		Long: `Move plain-text access keys from ~/.aws/credentials and ~/.aws/config into the
keychain: those of the profiles named, or all of them. Each is checked with AWS,
stored and read back; then the config file gets a line that asks Vaultbar, so that
the profiles keep working; then the key's lines are removed. All of it is shown
first. A copy of the original file is kept, readable by you alone.

With --from FILE.csv the key comes from a file downloaded from the IAM console, which is
deleted afterward; PROFILE is the profile to keep it for, by default the user's name.

With --from aws-vault the keys come from aws-vault's keychain, which is only read
unless --remove is given: that of --backend or AWS_VAULT_BACKEND, else the first that
has any keys. The other variables that say where it is count too. Lines of the config
file that call aws-vault for these keys then call Vaultbar.`,
		Example: `  vaultbar import --dry-run
  vaultbar import
  vaultbar import --from ~/Downloads/ann_accessKeys.csv bastion
  vaultbar import --from aws-vault`,
		ValidArgsFunction: p.completes(plainNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.wanted.Profiles = args
			return p.importKeys(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.from, "from", fromFiles, "where the keys are: `files`, those of AWS's tools; aws-vault; or a CSV file of the IAM console")
	flags.StringVar(&o.vault.Backend, "backend", p.env.get("AWS_VAULT_BACKEND"), "the `keychain` of aws-vault: file, pass, secret-service, kwallet, keychain or wincred")
	flags.BoolVar(&o.dry, "dry-run", false, "only show what would be done")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do it without asking")
	flags.BoolVar(&o.wanted.Remove, "remove", false, "with --from aws-vault: remove the keys there, each once it has been read back from the keychain")
	flags.BoolVar(&o.wanted.Keep, "keep", false, "leave the keys in the files too")
	flags.BoolVar(&o.plain, "no-setup", false, "write no credential_process line: AWS's own tools lose the keys")
	flags.BoolVar(&o.wanted.NoMFA, "no-mfa", false, "do not set the MFA device of a key's user")
	flags.BoolVar(&o.wanted.NoVerify, "no-verify", false, "do not check the keys with AWS")
	complete(cmd, "from", cobra.FixedCompletions([]cobra.Completion{fromFiles, fromAWSVault}, cobra.ShellCompDirectiveDefault)) // files come beside
	return cmd
}

// importKeys shows what would move, and moves it when the person agrees.
func (p *program) importKeys(ctx context.Context, o importOptions) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	if !o.plain {
		if o.wanted.Command, err = ownPath(p.calledAs()); err != nil {
			return err
		}
	}
	if err := p.from(ctx, &o, asker.Terminal); err != nil {
		return err
	}
	o.wanted.Caller = p.caller(asker, "")
	app := p.app.Client()
	shown, err := reach.Request(ctx, asker, app.Import, o.wanted)
	if err != nil {
		return err
	}
	if len(shown.Keys) == 0 {
		p.tell("%s", o.nothing())
		return nil
	}
	if err := p.showImport(shown); err != nil || o.dry {
		return err
	}
	names, _ := shown.Profiles()
	if !o.yes {
		if err := agree(ctx, asker.Terminal, o.question(shown), true, "--yes does it without asking", "nothing was changed"); err != nil {
			return err
		}
	}
	o.wanted.Agreed = shown.Plan
	done, err := reach.Request(ctx, asker, app.Import, o.wanted)
	if err != nil {
		return err
	}
	p.tellImported(names, done, o)
	p.hintRegions(ctx, app, names)
	if !o.yes {
		p.propose(ctx, app, asker.Terminal, names...)
	}
	return nil
}

// showImport shows what would move. That nothing can be moved is an error.
func (p *program) showImport(r agent.ImportResult) error {
	if err := p.print([]byte(report.Import(r) + r.Diff)); err != nil {
		return err
	}
	for _, note := range r.Notes {
		p.tell("%s", note)
	}
	hints := strings.Join(r.Hints(), "\n")
	if r.Plan == "" {
		return vaultcore.Faultf(vaultcore.ErrKey, "none of the keys can be moved").WithHint("%s", hints)
	}
	if hints != "" {
		p.hint(hints)
	}
	return nil
}

// question asks the person whether the keys may be moved.
func (o importOptions) question(shown agent.ImportResult) string {
	names, _ := shown.Profiles()
	keys := report.Counted(len(names), "key")
	kept := func(k agent.ImportedKey) bool { return k.Kept || k.Why != "" }
	switch {
	case o.wanted.Remove && !slices.ContainsFunc(shown.Keys, func(k agent.ImportedKey) bool { return !kept(k) }):
		return "Remove " + keys + " from aws-vault's keychain?"
	case o.wanted.Keep, o.from == fromAWSVault && !o.wanted.Remove:
		return "Copy " + keys + " into the keychain?"
	default:
		return "Move " + keys + " into the keychain?"
	}
}

// hintRegions says which of these profiles have no region. That it cannot be found out is
// no failure: what was asked for is done.
func (p *program) hintRegions(ctx context.Context, app *agent.Client, names []string) {
	if p.envRegion() != "" {
		return
	}
	snap, err := app.Snapshot(ctx)
	if err != nil {
		return
	}
	for _, name := range names {
		if snap.Profile(name).Region == "" {
			p.hint(noRegion(name))
		}
	}
}

// Where keys are imported from.
const (
	fromFiles    = "files"
	fromAWSVault = "aws-vault"
)

// from says where the keys are.
func (p *program) from(ctx context.Context, o *importOptions, t *terminal.Terminal) (err error) {
	csv := strings.EqualFold(filepath.Ext(o.from), ".csv")
	switch {
	case o.from == fromAWSVault:
		o.wanted.AWSVault, err = p.awsVault(ctx, *o, t)
	case o.wanted.Remove:
		err = usagef("--remove needs --from %s: keys are removed from files without it", fromAWSVault)
	case csv:
		o.wanted.CSV, err = filepath.Abs(o.from)
	case o.from != fromFiles:
		err = usagef("--from is %s, %s, or a CSV file of the IAM console", fromFiles, fromAWSVault)
	}
	return err
}

// awsVault says where aws-vault keeps its keys.
func (p *program) awsVault(ctx context.Context, o importOptions, t *terminal.Terminal) (*vaultcore.AWSVault, error) {
	where := o.vault
	for variable, field := range map[string]*string{
		"AWS_VAULT_FILE_DIR": &where.FileDir, "AWS_VAULT_KEYCHAIN_NAME": &where.Keychain, "AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME": &where.Collection,
		"AWS_VAULT_PASS_PASSWORD_STORE_DIR": &where.PassDir, "AWS_VAULT_PASS_PREFIX": &where.PassPrefix,
	} {
		*field = p.env.get(variable)
	}
	if where.PassDir == "" { // which the library that aws-vault uses reads
		where.PassDir = p.env.get("PASSWORD_STORE_DIR")
	}
	where.Passphrase = vaultcore.NewSecret(p.env.get("AWS_VAULT_FILE_PASSPHRASE"))
	if where.Backend != "file" || !where.Passphrase.IsZero() || !t.Attended() {
		return &where, nil
	}
	var err error
	where.Passphrase, err = t.Hidden(ctx, "Passphrase of aws-vault's keychain: ")
	return &where, err
}

// nothing says that there are no keys to import.
func (o importOptions) nothing() string {
	switch {
	case o.from == fromAWSVault && o.vault.Backend == "":
		return "aws-vault has no access keys in its keychain."
	case o.from == fromAWSVault:
		return "aws-vault has no access keys in its keychain " + vaultcore.Printable(o.vault.Backend) + "."
	}
	return "The files of AWS's tools have no access keys in plain text."
}

// tellImported says what was done, what is left of the keys, and what comes next.
func (p *program) tellImported(names []string, done agent.ImportResult, o importOptions) {
	p.tell("In the keychain now: %s.", vaultcore.Listed(names))
	if o.wanted.Remove {
		p.tell("aws-vault no longer has them.")
		return
	}
	if o.from == fromAWSVault {
		p.hint("aws-vault still has the keys: once everything works, remove them with the same command and --remove")
		return
	}
	if o.wanted.Keep {
		p.hint("the keys are still in plain text, and AWS's own tools use those: `vaultbar import` without --keep removes them")
		return
	}
	for _, path := range done.Backups {
		p.tell("The original file, with its keys, is kept in %s: delete it once everything works.", p.tilde(path))
	}
	p.hint("the keys were in plain text until now, perhaps in backups too: rotate them when you can")
}

// plainNames are the profiles whose keys can be moved.
func plainNames(ctx context.Context, app *agent.Client) (names []string, err error) {
	snap, err := app.Snapshot(ctx)
	for _, key := range snap.Plain {
		names = append(names, key.Profile)
	}
	return names, err
}
