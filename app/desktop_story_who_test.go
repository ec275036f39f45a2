//go:build linux

package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestDesktopWho is who gets what where a person sits at a desktop: what differs from
// [TestStoryWho], whose table this is.
func TestDesktopWho(t *testing.T) {
	t.Parallel()
	d := newDesk(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.ruled()
	allowed, denied := d.background(d.atDialogs("Tab", "Return")), d.background(d.atDialogs("Return"))
	program, agent, sandbox := allowed[0], allowed[1], allowed[3]
	refused := denied[0]
	refused.name += ", denied"
	asking := slices.DeleteFunc(slices.Clone(rules), func(r rule) bool {
		return r.profile == "open" || r.profile == "agents-allow" || r.profile == "agents-refuse"
	})
	d.who("who-desktop.txt", asking, []asker{d.window(), program, refused, agent, sandbox})
}

// ends waits until a command ends, which is true, or something asks.
func (d *desk) ends(ended <-chan error, got *answered, asks func() bool) (over bool) {
	d.Helper()
	d.screen.Eventually("it ends, or somebody is asked", func() bool {
		select {
		case err := <-ended:
			got.code, over = d.exit(err), true
			return true
		default:
			return asks()
		}
	})
	return over
}

// begin starts a command, and tells of its end.
func (d *desk) begin(cmd *exec.Cmd) <-chan error {
	d.Helper()
	d.check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended
}

// atDialogs runs a command, and answers each dialog about it by these keys, or by the name
// of the profile.
func (d *desk) atDialogs(keys ...string) func(*exec.Cmd, string) answered {
	return func(cmd *exec.Cmd, profile string) (got answered) {
		d.Helper()
		ended := d.begin(cmd)
		for !d.ends(ended, &got, func() bool { return d.dialogs() > 0 }) {
			words := d.dialog(approvalDialog)
			window := d.screen.Window(approvalDialog)
			d.screen.Screenshot("who-" + profile)
			if strings.Contains(words, "type "+profile) {
				got.asked = append(got.asked, "its name")
				d.choose(approvalDialog)
				d.screen.Type(profile)
				d.screen.Key("Return")
			} else {
				got.asked = append(got.asked, d.question())
				d.choose(approvalDialog, keys...)
			}
			d.screen.Gone(window)
		}
		return got
	}
}

// window is a terminal's window of the person's, who allows what it asks for.
func (d *desk) window() asker {
	d.Helper()
	xterm := testenv.Program(d, "xterm", "xterm")
	return asker{"own terminal's window", func(profile string) (got answered) {
		d.Helper()
		code := d.path(profile + ".code") // an xterm ends with 0 whatever ran in it
		ended := d.begin(d.command(xterm, "-e", "/bin/sh", "-c", `"$@"; echo $? >"$0"`, code, built().path("vaultbar"), "exec", profile, "--", "/bin/true"))
		defer func() {
			text, err := os.ReadFile(code)
			d.check(err)
			_, err = fmt.Sscan(string(text), &got.code)
			d.check(err)
		}()
		if d.ends(ended, &got, d.approving) {
			return got
		}
		d.screen.Await("the terminal's window", func(windows []desktoptest.Window) bool {
			return slices.ContainsFunc(windows, func(w desktoptest.Window) bool { return w.Class == "XTerm" && w.Active })
		})
		question := ""
		d.screen.Eventually("it is known who waits", func() bool {
			question = d.question()
			return strings.HasSuffix(question, ".")
		})
		got.asked = append(got.asked, question)
		if n := d.dialogs(); n != 0 {
			d.Errorf("%s: %d dialogs beside the terminal", profile, n)
		}
		d.screen.Settle()
		d.screen.Type("once\n")
		if profile == "typed" {
			got.asked = append(got.asked, "its name")
			d.screen.Settle()
			d.screen.Screenshot("who-window")
			d.screen.Type(profile + "\n")
		}
		d.ends(ended, &got, func() bool { return false })
		return got
	}}
}
