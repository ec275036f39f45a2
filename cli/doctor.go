package cli

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/credformat"
	"github.com/vaultbar/vaultbar/cli/internal/launch"
	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type doctorOptions struct {
	profile      string
	json, online bool
}

func (p *program) doctorCommand() *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor [flags] [PROFILE]",
		Short: "Check how AWS's tools and Vaultbar are set up",
		Long: `Check how AWS's tools and Vaultbar are set up, and say what to do about what is
wrong. With PROFILE it also shows where AWS's tools look for the credentials of
that profile, and which they use. Nothing is changed, nobody is asked, and the app
is not started. The exit code is 1 when something fails.`,
		Args:              profileOrNone,
		ValidArgsFunction: p.completesOne(profileNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = named(args)
			return p.doctor(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	cmd.Flags().BoolVar(&o.online, "online", false, "ask AWS for the time too, and whose the key of PROFILE is")
	return cmd
}

func (p *program) doctor(ctx context.Context, o doctorOptions) error {
	self, err := ownPath(p.args[0])
	if err != nil {
		return err
	}
	result, err := p.examine(ctx, agent.DoctorRequest{Profile: o.profile, Online: o.online, Seen: vaultcore.SurroundingsOf(p.env.get, self)})
	if err != nil {
		return err
	}
	found := report.Doctor{
		Failing: vaultcore.Failing(result.Checks), Profile: o.profile,
		Checks: append([]vaultcore.Check{}, result.Checks...), Searches: append([]vaultcore.Search{}, result.Searches...),
	}
	if o.json {
		err = p.printJSON(found)
	} else {
		err = p.print([]byte(found.Text()))
	}
	if err == nil && found.Failing {
		return childExit(exitFailed) // all is said
	}
	return err
}

const (
	lookTime   = 5 * time.Second  // for the app to say how it is
	onlineTime = 30 * time.Second // where it asks AWS
)

// examine has the app look, in front of which stands how the app itself is. Where none
// runs, or it does not answer, its program is run for this one question: that sees the
// files, and no keychain.
func (p *program) examine(ctx context.Context, r agent.DoctorRequest) (agent.DoctorResult, error) {
	limit := lookTime
	if r.Online {
		limit = onlineTime
	}
	asking, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	app := p.app.Running()
	version, err := app.Hello(asking)
	checks := []vaultcore.Check{p.appCheck(ctx, version, err)}
	var result agent.DoctorResult
	if err == nil {
		result, err = app.Doctor(asking, r)
		switch {
		case errors.Is(err, vaultcore.ErrNoProfile), errors.Is(err, vaultcore.ErrConfig):
			return result, err
		case err != nil:
			checks = append(checks, checkOf("keychain", vaultcore.CheckWarn, err))
		}
	}
	if err != nil {
		if result, err = p.examineAlone(ctx, r); errors.Is(err, vaultcore.ErrNoProfile) {
			return result, err
		}
		if err != nil && !vaultcore.Failing(checks) {
			checks = append(checks, checkOf("app", vaultcore.CheckFail, err))
		}
		if r.Online {
			result.Checks = append(result.Checks, vaultcore.Check{Name: "AWS", Verdict: vaultcore.CheckWarn, Text: "not asked: the app does that", Next: "`vaultbar list` starts it"})
		}
	}
	result.Checks = slices.Concat(checks, result.Checks)
	return result, nil
}

// checkOf is the check of an error, which says the next step itself.
func checkOf(name string, verdict vaultcore.Verdict, err error) vaultcore.Check {
	return vaultcore.Check{Name: name, Verdict: verdict, Text: report.Line(err.Error()), Next: vaultcore.Hint(err)}
}

// appCheck says how the app is: its version where it answers, else why it does not.
func (p *program) appCheck(ctx context.Context, version string, err error) vaultcore.Check {
	own := vaultcore.Version()
	c := vaultcore.Check{Name: "app", Verdict: vaultcore.CheckOK, Text: "running, version " + report.Line(version)}
	switch {
	case reach.Lost(err):
		if _, missing := launch.Find(p.env.get("VAULTBAR_APP")); missing != nil {
			return checkOf(c.Name, vaultcore.CheckFail, missing)
		}
		c.Text = "not running: the next command that needs it starts it"
	case err != nil:
		c = checkOf(c.Name, vaultcore.CheckFail, err)
		c.Next = strings.TrimSpace(p.app.Silent(ctx, err) + "\n" + c.Next)
	case version != own:
		c.Verdict, c.Text, c.Next = vaultcore.CheckWarn, skew(version, own), afterSkew(version, own)
	}
	return c
}

// examineAlone runs the app's program for one question. It may return: ErrNoProfile,
// ErrUnreachable for one that cannot be run.
func (p *program) examineAlone(ctx context.Context, r agent.DoctorRequest) (agent.DoctorResult, error) {
	path, err := launch.Find(p.env.get("VAULTBAR_APP"))
	if err != nil {
		return agent.DoctorResult{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var result agent.DoctorResult
	err = p.askProgram(ctx, path, "doctor", r, &result)
	return result, err
}

// askProgram runs the app's program at a path for one question.
func (p *program) askProgram(ctx context.Context, path, verb string, question, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return err
	}
	said, err := launch.Ask(ctx, path, credformat.WithoutCredentials(p.env), verb, text)
	if err != nil {
		return err
	}
	if json.Unmarshal(said, answer) != nil {
		return vaultcore.Faultf(vaultcore.ErrVersion, "%s is a different version than this command", path).
			WithHint("install the same version of both")
	}
	return nil
}
