package cli

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/spf13/pflag"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// choosing are the flags that say which credentials of a profile are wanted.
type choosing struct {
	noSession bool
	duration  time.Duration
	region    string
	minTTL    time.Duration
}

func (c *choosing) bind(flags *pflag.FlagSet) {
	flags.BoolVarP(&c.noSession, "no-session", "n", false, "no session: the long-term key itself, or a role assumed with it")
	flags.VarP(duration(&c.duration), "duration", "d", "how long the session should last")
	flags.Var(region(&c.region), "region", "the region to use instead of the profile's")
	flags.Var(duration(&c.minTTL), "min-ttl", "the least time that the session must have left")
}

// fill takes what no flag says from the variables that aws-vault has for it.
func (c *choosing) fill(env environment) error {
	return errors.Join(env.duration("AWS_VAULT_DURATION", &c.duration), env.duration("AWS_MIN_TTL", &c.minTTL))
}

// duration reads a time out of a variable, unless there is one already.
func (e environment) duration(name string, to *time.Duration) error {
	value := e.get(name)
	if value == "" || *to != 0 {
		return nil
	}
	if err := duration(to).Set(value); err != nil {
		return usagef("%s %s", name, err).WithHint("correct it, or unset it")
	}
	return nil
}

// request asks for the credentials of a profile; its caller is not known yet.
func (c *choosing) request(profile string) agent.CredentialsRequest {
	return agent.CredentialsRequest{
		Profile:   profile,
		MinTTL:    c.minTTL,
		NoSession: c.noSession,
		Duration:  c.duration,
		Region:    c.region,
	}
}

// want is all that says which credentials a program gets, and who can be asked
// for them.
type want struct {
	asking
	choosing
	shown   bool // a page to sign in at is shown rather than opened
	profile string
	name    string // of the program that gets them; empty for whoever started us
	serving bool   // the result goes to a program by way of stdout
}

// credentials gets the credentials of a profile from the app, and tells its
// warnings.
func (p *program) credentials(ctx context.Context, w want) (credformat.Grant, error) {
	asker, err := p.asker(w.asking, w.serving)
	if err != nil {
		return credformat.Grant{}, err
	}
	if err := p.prepare(ctx, &w, asker); err != nil {
		return credformat.Grant{}, err
	}
	wanted := w.request(w.profile)
	wanted.Caller = p.caller(asker, w.name)
	result, err := reach.Request(ctx, asker, p.app.Client().Credentials, wanted)
	if err != nil {
		return credformat.Grant{}, err
	}
	p.warn(result.Warnings...)
	return credformat.Grant{Profile: w.profile, Credentials: result.Credentials, Region: p.regionOf(w, result.Region), Protected: result.Protected}, nil
}

// bindShown adds aws-vault's flag for [want].shown.
func (w *want) bindShown(flags *pflag.FlagSet) {
	flags.BoolVar(&w.shown, "stdout", false, "where somebody has to sign in, print the address instead of opening it")
	_ = flags.MarkHidden("stdout") // it is there
}

// prepare sees to what comes before credentials are asked for: what the environment says
// of them, and with shown, that the person signs in at an address that is shown to them,
// where the profile needs that.
func (p *program) prepare(ctx context.Context, w *want, asker *terminal.Asker) error {
	if err := w.fill(p.env); err != nil || !w.shown {
		return err
	}
	_, err := reach.Request(ctx, asker, p.app.Client().SignIn, agent.SignInRequest{Name: w.profile, NoBrowser: true, Caller: p.caller(asker, w.name)})
	if errors.Is(err, vaultcore.ErrRequest) || errors.Is(err, vaultcore.ErrNoProfile) {
		return nil // it needs nobody to sign in
	}
	return err
}

// regionOf is where the program that gets the credentials works: in the region of the
// flag, else of the caller's environment, as AWS's own tools have it, else of the
// profile. In a subshell of exec the variables are those of the shell's profile, and
// say nothing about another.
func (p *program) regionOf(w want, profile string) string {
	if w.region != "" {
		return w.region
	}
	if shell := p.env.get("AWS_VAULT"); shell != "" && shell != w.profile && profile != "" {
		return profile
	}
	return cmp.Or(p.envRegion(), profile)
}

// hintRegion tells a person at the terminal that programs will miss a region:
// most of AWS's tools then fail, in words of their own.
func (p *program) hintRegion(profile, region string) {
	if region == "" && terminal.Is(p.err) {
		p.hint(noRegion(profile))
	}
}

// envRegion is the region of the caller's environment.
func (p *program) envRegion() string {
	return cmp.Or(p.env.get("AWS_REGION"), p.env.get("AWS_DEFAULT_REGION"))
}

func noRegion(profile string) string {
	return vaultcore.Printable(profile) + " has no region: set `region` in its section of the config file, or give --region"
}
