package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// manyCallers is how many programs come at once.
const manyCallers = 50

// step is one command line of the story, and what must come of it.
type step struct {
	title   string
	note    string
	first   func(*sandbox, context.Context) error // what happens before; nil for nothing
	line    string
	want    []string // expressions that must match what is shown
	codes   int      // how many MFA codes are asked for: as many sessions AWS gives
	roles   int      // how often a role is assumed
	teams   int      // how often the credentials of a role of Identity Center are given
	callers int      // how many programs wait for the code; one when 0
	quiet   bool     // nothing to say about AWS
}

// story is what the demo shows.
var story = []step{
	{
		title: "Ann's config file: a profile, and a role above it.",
		line:  "cat ~/.aws/config",
		want:  []string{`source_profile = bastion-system`},
		quiet: true,
	},
	{
		title: "And her key, as most people have theirs: in plain text. (The demo cuts the lines off.)",
		line:  "cut -c1-28 ~/.aws/credentials",
		want:  []string{`aws_secret_access_key = `},
		quiet: true,
	},
	{
		title: "Move it into the keychain. AWS is asked whose it is; the first command starts the app.",
		note:  "aws and the SDKs keep working with the same name: the config file leads them to Vaultbar.",
		line:  "vaultbar import",
		want:  []string{`key of user ann`, `\+mfa_serial = `, `\+credential_process = `, `In the keychain now: bastion-system\.`},
	},
	{
		title: "No secret is in ~/.aws any more.",
		line:  "grep -r secret ~/.aws || echo none",
		want:  []string{`(?m)^none$`},
		quiet: true,
	},
	{
		title: "How would the role's credentials come about? Nobody is asked, nothing is called.",
		line:  "vaultbar explain hoge-system",
		want:  []string{`role hoge`, `mfa/ann`},
	},
	{
		title: "Run a program as the role. That needs one MFA code.",
		line:  "vaultbar exec hoge-system -- sts-whoami",
		want:  []string{`assumed-role/hoge/`},
		codes: 1, roles: 1,
	},
	{
		title: "What programs read from credential_process.",
		line:  "vaultbar export --format=json hoge-system",
		want:  []string{`"AccessKeyId":"ASIA`, `hidden by the demo`},
	},
	{
		title: "Both sessions live on in the app.",
		line:  "vaultbar list",
		want:  []string{`sts\.GetSessionToken`, `sts\.AssumeRole`},
	},
	{
		title: "The same again asks for nothing.",
		line:  "vaultbar exec hoge-system -- sts-whoami",
		want:  []string{`assumed-role/hoge/`},
	},
	{
		title: "Nor does any program with an AWS SDK: the config file leads it to Vaultbar.",
		line:  "AWS_PROFILE=bastion-system sts-whoami",
		want:  []string{`user/ann`},
	},
	{
		title: "Now end the sessions …",
		line:  "vaultbar clear",
	},
	{
		title: fmt.Sprintf("… and let %d programs come at once. All wait for one code; all get one answer.", manyCallers),
		note: "A code is good once. Ann's device shows the next one early, so that you need not wait for it:\n" +
			"AWS allows for a clock that is 30 s off.",
		line:  fmt.Sprintf("for i in $(seq %d); do vaultbar export --format=json hoge-system & done | sort | uniq -c", manyCallers),
		want:  []string{fmt.Sprintf(`(?m)^ *%d \{`, manyCallers)},
		codes: 1, roles: 1, callers: manyCallers,
	},
	{
		title: "A role of IAM Identity Center needs no key, but a sign-in. No program can make one.",
		note:  "The demo is a program, and its terminal is no person's: it is refused. At yours, `vaultbar signin` opens the browser.",
		line:  "vaultbar exec team-system -- sts-whoami || echo exit code $?",
		want:  []string{`not signed in to demo`, `exit code 5`},
	},
	{
		title: "So the demo plays ann at AWS's page, as for `aws sso login`. Vaultbar uses what that leaves.",
		note:  "The consent is played: nobody clicked Allow. The file in ~/.aws/sso/cache is as AWS's command line writes it.",
		first: (*sandbox).signIn,
		line:  "vaultbar exec team-system -- sts-whoami",
		want:  []string{`assumed-role/AWSReservedSSO_Developer_\w+/ann`},
		teams: 1,
	},
	{
		title: "The session lives on like any other, and the sign-in serves all profiles of demo.",
		line:  "vaultbar list",
		want:  []string{`team-system`, `with aws sso login`},
	},
}

// lastStep comes after everything else.
var lastStep = step{
	title: "Stop the app.",
	line:  "vaultbar stop",
	want:  []string{`has stopped`},
	quiet: true,
}

// play shows the step, and fails when it did not go as the story has it.
func (st step) play(ctx context.Context, s *screen, on *sandbox) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	on.world.Server.ResetCalls()
	s.gap()
	s.line(strong, "%s", st.title)
	if st.note != "" {
		s.note("%s", st.note)
	}
	if st.first != nil {
		if err := st.first(on, ctx); err != nil {
			return fmt.Errorf("before `%s`: %w", st.line, err)
		}
		on.world.Server.ResetCalls()
	}
	s.typed(ctx, st.line)
	ann := &person{world: on.world}
	if st.callers > 1 {
		ann.wait = func(ctx context.Context) error { return on.gather(ctx, st.callers) }
	}
	got, err := on.run(ctx, st.line, ann, s)
	on.meetApp(context.WithoutCancel(ctx))
	if err == nil {
		err = st.check(got, on)
	}
	if err != nil {
		return fmt.Errorf("`%s`: %w", st.line, err)
	}
	if !st.quiet {
		s.note("%s", on.tally(st.callers, got.asked))
	}
	s.pause(ctx, readPause)
	return nil
}

// check compares what happened with the story.
func (st step) check(got heard, on *sandbox) error {
	for _, want := range st.want {
		if !regexp.MustCompile(want).MatchString(got.text) {
			return fmt.Errorf("it does not say what it should: %s", want)
		}
	}
	for _, count := range []struct {
		what      string
		got, want int
	}{
		{"MFA codes asked for", got.codes, st.codes},
		{"calls of GetSessionToken", on.world.Server.Count("GetSessionToken"), st.codes},
		{"calls of AssumeRole", on.world.Server.Count("AssumeRole"), st.roles},
		{"calls of GetRoleCredentials", on.world.Server.Count("GetRoleCredentials"), st.teams},
	} {
		if count.got != count.want {
			return fmt.Errorf("%s: %d, and there should be %d", count.what, count.got, count.want)
		}
	}
	return nil
}

// tally is what was asked of ann and of AWS.
func (st *sandbox) tally(programs, asked int) string {
	var parts []string
	if programs > 1 {
		parts = append(parts, counted(programs, "program"))
	}
	parts = append(parts, counted(asked, "question"))
	seen, order := map[string]int{}, []string{}
	for _, call := range st.world.Server.Calls() {
		if seen[call.Action]++; seen[call.Action] == 1 {
			order = append(order, call.Action)
		}
	}
	for _, action := range order {
		parts = append(parts, fmt.Sprintf("%d %s", seen[action], action))
	}
	if len(order) == 0 {
		parts = append(parts, "no call of AWS")
	}
	return strings.Join(parts, ", ")
}

// gather waits until as many programs as are expected wait for the same code.
func (st *sandbox) gather(ctx context.Context, expected int) error {
	ctx, cancel := context.WithTimeout(ctx, stepTime/2)
	defer cancel()
	for {
		snapshot, err := st.app().Snapshot(ctx)
		waiting := 0
		for _, question := range snapshot.Asking {
			waiting += len(question.Waiting)
		}
		switch {
		case err == nil && waiting >= expected:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("of %d programs only %d wait for the code", expected, waiting)
		case err != nil:
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}
