//go:build linux

package stories_test

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// manyPrograms is how many programs ask at once.
const manyPrograms = 200

// member is one of many programs that ask. It has no terminal.
type member struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

// startMany starts n programs that want credentials of a profile.
func (w *world) startMany(n int, profile string) []*member {
	w.Helper()
	members := make([]*member, n)
	for i := range members {
		m := &member{cmd: w.command("vaultbar", "export", "--format=json", profile)}
		m.cmd.Stdout, m.cmd.Stderr = &m.stdout, &m.stderr
		w.check(m.cmd.Start())
		members[i] = m
	}
	return members
}

// exporting is a person at a terminal who waits for credentials that go to a
// file, and the file.
func (w *world) exporting(profile string) (*ptySession, *bytes.Buffer) {
	w.Helper()
	var stdout bytes.Buffer
	cmd := w.command("vaultbar", "export", profile)
	cmd.Stdout = &stdout
	s := w.sit(cmd)
	s.expect(codePrompt)
	return s, &stdout
}

// allWait waits until n programs wait on the app.
func (w *world) allWait(n int) {
	w.Helper()
	w.eventually("all programs are connected", func() bool { return w.connections() >= n })
}

// keyID finds the id of the key in any format of export.
func keyID(text string) string {
	i := strings.Index(text, "ASIA")
	if i < 0 || i+20 > len(text) {
		return ""
	}
	return text[i : i+20]
}

func TestTwoHundredProgramsOneQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.aws.Server.ResetCalls()
	person, mine := w.exporting(hoge)
	members := w.startMany(manyPrograms-1, hoge)
	w.allWait(manyPrograms)
	person.answer(w.code())
	if code := person.wait(); code != 0 || person.asked() != 1 {
		t.Errorf("the person's: exit code %d, and the terminal shows:\n%s", code, person.all())
	}
	want := keyID(mine.String())
	if want == "" {
		t.Errorf("the person got %d bytes without a session", mine.Len())
	}
	first := ""
	for i, m := range members {
		code := w.exit(m.cmd.Wait())
		if i == 0 {
			first = m.stdout.String()
		}
		if g, err := parse(m.stdout.String()); code != 0 || err != nil || g.AccessKeyID != want || m.stdout.String() != first {
			t.Errorf("program %d: exit code %d, another answer (%v)\n%s", i, code, err, m.stderr.Bytes())
		}
		if m.stderr.Len() > 0 {
			t.Errorf("program %d said %q", i, m.stderr.Bytes())
		}
	}
	w.oneOfEach()
}

// oneOfEach checks that AWS was asked for one session and one role.
func (w *world) oneOfEach() {
	w.Helper()
	srv := w.aws.Server
	if s, r := srv.Count("GetSessionToken"), srv.Count("AssumeRole"); s != 1 || r != 1 {
		w.Errorf("%d GetSessionToken and %d AssumeRole, one of each is enough", s, r)
	}
}

func TestKillingMostOfACrowdFailsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.aws.Server.ResetCalls()
	person, mine := w.exporting(hoge)
	members := w.startMany(manyPrograms-1, hoge)
	w.allWait(manyPrograms)
	killAll(members)
	w.eventually("the app has noticed who left", func() bool { return w.connections() <= 2 })
	person.answer(w.code())
	if code := person.wait(); code != 0 || keyID(mine.String()) == "" || person.asked() != 1 {
		t.Errorf("the one that is left: exit code %d, and the terminal shows:\n%s", code, person.all())
	}
	w.oneOfEach()
}

func killAll(members []*member) {
	var ended sync.WaitGroup
	for _, m := range members {
		_ = m.cmd.Process.Kill()
		ended.Go(func() { _ = m.cmd.Wait() })
	}
	ended.Wait()
}

func TestKillingAllOfACrowdClosesTheQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.aws.Server.ResetCalls()
	person, _ := w.exporting(hoge)
	members := w.startMany(manyPrograms-1, hoge)
	w.allWait(manyPrograms)
	if list := w.must("list", "--json"); !strings.Contains(list, `"waiting"`) {
		t.Errorf("nothing waits, says list:\n%s", list)
	}
	killAll(members)
	w.check(person.cmd.Process.Kill())
	_ = person.cmd.Wait()
	w.eventually("no question is open", func() bool { return !strings.Contains(w.must("list", "--json"), `"waiting"`) })
	if n := w.aws.Server.Count(""); n != 0 {
		t.Errorf("AWS was called %d times with nobody waiting", n)
	}
	w.eventually("the app has noticed who left", func() bool { return w.connections() == 0 })
	w.signIn(hoge) // and the next one is asked at once
}

// The question follows the people: whoever is asked may leave.
func TestTheQuestionMovesToTheNextTerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	first, _ := w.exporting(hoge)
	var got bytes.Buffer
	cmd := w.command("vaultbar", "export", hoge)
	cmd.Stdout = &got
	second := w.sit(cmd)
	w.allWait(2)
	w.check(first.cmd.Process.Kill())
	_ = first.cmd.Wait()
	second.expect(codePrompt)
	second.answer(w.code())
	if code := second.wait(); code != 0 || keyID(got.String()) == "" {
		t.Errorf("exit code %d, and the terminal shows:\n%s", code, second.all())
	}
}

// Ctrl-C at the terminal that is asked cancels there; who can still be asked is
// asked next.
func TestCtrlCCancelsForOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	first, _ := w.exporting(hoge)
	first.press("\x03")
	if code := first.wait(); code != 4 {
		t.Errorf("Ctrl-C: exit code %d\n%s", code, first.all())
	}
	if w.appPID() == 0 {
		t.Error("Ctrl-C in the terminal that started the app ended it")
	}
	w.signIn(hoge)
}
