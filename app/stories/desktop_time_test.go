//go:build linux

package stories_test

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
)

// Time passes: a role is renewed and nobody is asked. The session that it comes
// from nears its end: the person is told once, renews it with the button and a
// code, and a program that runs all the while notices nothing.
func TestDesktopSessionEnds(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.setting("notify_lead = 5m\n")
	d.add(bastion, d.aws.Key)
	d.aws.Server.SetLongest(5*time.Minute + 10*time.Second)
	one := d.waits(bastion)
	d.screen.Answer(mfaDialog, d.code())
	d.served(one)
	work := d.work()
	work.asks()

	d.aws.Server.SetLongest(130 * time.Second)
	d.export(hoge)
	d.eventually("the role is renewed", func() bool { return d.aws.Server.CountOK("AssumeRole") >= 2 })
	d.aws.Server.SetLongest(0)
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are open for it", n)
	}

	notice := d.screen.Notification(bastion + " needs a code in 5 min")
	d.row("◐ " + bastion)
	d.screen.Screenshot("story-3-notification")
	if text := notice.Title + notice.Body; strings.Contains(text, "111111111111") || strings.Contains(text, "arn:") {
		t.Errorf("the notification gives away %q", text)
	}
	if label := notice.Label(notify.ActionRenew); label != "Renew" {
		t.Errorf("its button says %q", label)
	}
	before := d.aws.Server.CountOK("GetSessionToken")
	d.screen.Press(notice, notify.ActionRenew)
	d.dialog(mfaDialog)
	d.screen.Screenshot("story-3-dialog")
	d.screen.Answer(mfaDialog, d.code())
	d.screen.Eventually("there is a new session", func() bool { return d.aws.Server.CountOK("GetSessionToken") == before+1 })
	d.row("● "+bastion, "Ends at ")
	work.asks()
	work.end()
	if notices := d.screen.Notified(); len(notices) != 1 {
		t.Errorf("one session ended, and the person was told %d times: %+v", len(notices), notices)
	}
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are left", n)
	}
}

// work is a program that runs for long and uses AWS now and then.
type work struct {
	*desktop
	orders  io.WriteCloser
	answers *bufio.Scanner
	ended   func() int
}

// work starts one, in a session of bastion.
func (d *desktop) work() work {
	d.Helper()
	line := strings.Join(d.awsArgs("sts", "get-caller-identity", "--query", "Arn"), " ")
	cmd := d.command("vaultbar", "exec", bastion, "--", "sh", "-c", "while read order; do "+line+" || exit; done")
	orders, err := cmd.StdinPipe()
	d.check(err)
	answers, err := cmd.StdoutPipe()
	d.check(err)
	d.check(cmd.Start())
	return work{d, orders, bufio.NewScanner(answers), func() int { return d.exit(cmd.Wait()) }}
}

// asks has it use AWS once.
func (w work) asks() {
	w.Helper()
	_, err := io.WriteString(w.orders, "go\n")
	w.check(err)
	if !w.answers.Scan() || !strings.Contains(w.answers.Text(), w.aws.User.ARN()) {
		w.Errorf("the program that runs got %q from AWS", w.answers.Text())
	}
}

func (w work) end() {
	w.Helper()
	w.check(w.orders.Close())
	if code := w.ended(); code != 0 {
		w.Errorf("the program that runs ended with code %d", code)
	}
}
