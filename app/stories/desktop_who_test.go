//go:build linux

package stories_test

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

// TestDesktopWho is who gets what where a person sits at a desktop: each caller of
// [TestStoryWho], whose table this is, and the profiles about which somebody is asked.
func TestDesktopWho(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.ruled()
	claude, terraform := d.program("claude"), d.program("terraform")
	here := []asker{
		d.window("own terminal", "once"),
		d.window("program at it", "once", terraform),
		d.behind("agent at it", claude, terraform),
	}
	allowed, denied := d.background(d.atDialogs("Tab", "Return")), d.background(d.atDialogs("Return"))[0]
	denied.name += ", denied"
	asking := slices.DeleteFunc(slices.Clone(rules), func(r rule) bool {
		return slices.Contains([]string{"open", "agents-allow", "read-only", "agents-refuse"}, r.profile)
	})
	// Those who deny come last, the one who sits there at the very end: others are not
	// asked the same at once.
	d.who("who-desktop.txt", asking, asking[:1], slices.Concat(here, allowed, []asker{denied, d.window("program at it, denied", "deny", terraform)}))
}

// ends waits until a command ends, which is true, or something asks.
func (d *desktop) ends(ended <-chan error, got *answered, asks func() bool) (over bool) {
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
func (d *desktop) begin(cmd *exec.Cmd) <-chan error {
	d.Helper()
	d.check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended
}

// atDialogs runs a command, and answers each dialog about it by these keys, or by the name
// of the profile.
func (d *desktop) atDialogs(keys ...string) func(*exec.Cmd, string) answered {
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

// windowed is a terminal's window of the person's in which some words begin a command, and
// its exit code once it has ended.
func (d *desktop) windowed(profile string, words ...string) (window *exec.Cmd, code func() int) {
	d.Helper()
	file := d.path(profile + ".code") // an xterm ends with 0 whatever ran in it
	words = append(words, built().path("vaultbar"), "exec", profile, "--", "/bin/true")
	window = d.command(testenv.Program(d, "xterm", "xterm"), append([]string{"-e", "/bin/sh", "-c", `"$@"; echo $? >"$0"`, file}, words...)...)
	return window, func() (code int) {
		d.Helper()
		text, err := os.ReadFile(file)
		d.check(err)
		_, err = fmt.Sscan(string(text), &code)
		d.check(err)
		return code
	}
}

// behind is what an agent runs in a terminal's window, where the person is asked by dialogs.
func (d *desktop) behind(name string, words ...string) asker {
	return asker{name, func(profile string) answered {
		d.Helper()
		window, code := d.windowed(profile, words...)
		got := d.atDialogs("Tab", "Return")(window, profile)
		got.code = code()
		return got
	}}
}

// window is what the person runs in a terminal's window, where they are asked and answer.
func (d *desktop) window(name, answer string, words ...string) asker {
	return asker{name, func(profile string) (got answered) {
		d.Helper()
		window, code := d.windowed(profile, words...)
		ended := d.begin(window)
		defer func() { got.code = code() }()
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
		d.screen.WaitStill()
		d.screen.Type(answer + "\n")
		if profile == "typed" && answer != "deny" {
			got.asked = append(got.asked, "its name")
			d.screen.WaitStill()
			d.screen.Screenshot("who-window")
			d.screen.Type(profile + "\n")
		}
		d.ends(ended, &got, func() bool { return false })
		return got
	}}
}
