//go:build linux

package main_test

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/vaulttest/awstest"
)

// Kills of the real app, at random moments of a command. That any write of the
// keychain may be cut at any byte is keystore's to test, and it does so more often.
const kills = 60

// mayKill runs a command and kills the app at a random moment of it.
func (w *world) mayKill(cmd *exec.Cmd, within time.Duration) outcome {
	w.Helper()
	app := w.app()
	when := time.After(rand.N(within))
	var killing sync.WaitGroup
	finished := make(chan struct{})
	killing.Go(func() {
		select {
		case <-when:
		case <-finished:
		}
		app.kill()
	})
	got := w.do(cmd)
	close(finished)
	killing.Wait()
	return got
}

// typical is how long a command takes with nobody killing anything, and a bit.
func (w *world) typical(cmd *exec.Cmd) time.Duration {
	w.Helper()
	begun := time.Now()
	if got := w.do(cmd); got.code != 0 {
		w.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	return time.Since(begun) * 5 / 4
}

// kept is the id of the key that the keychain has for plain, "" for none. A new
// app looks.
func (w *world) kept() string {
	w.Helper()
	list := w.must("list", "--credentials")
	got := w.run("export", "--no-session", "--format=json", plain)
	g, err := parse(got.stdout)
	switch {
	case got.code == 3 && list == "":
		return ""
	case got.code == 0 && err == nil && list == plain+"\n":
		return g.AccessKeyID
	}
	w.Fatalf("neither a key nor none: exit code %d, %v, listed %q\n%s", got.code, err, list, got.stderr)
	return ""
}

func TestAKillDuringAddAndRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keys := []*awstest.Key{w.spare, w.aws.Key}
	w.add(plain, keys[0], "--no-verify")
	adding := w.typical(w.adding(plain, keys[0], "--no-verify"))
	removing := w.typical(w.command("vaultbar", "remove", "--force", plain))
	done, undone := 0, 0
	for i := range kills {
		before, after, cmd, within := w.kept(), "", w.command("vaultbar", "remove", "--force", plain), removing
		if i%3 != 2 {
			key := keys[i%2]
			after, cmd, within = key.ID(), w.adding(plain, key, "--no-verify"), adding
		}
		got := w.mayKill(cmd, within)
		now := w.kept()
		switch {
		case now != before && now != after:
			t.Fatalf("kill %d: neither the old nor the new state", i)
		case got.code == 0 && now != after:
			t.Fatalf("kill %d: the command said that it was done, and it was not", i)
		case now == after:
			done++
		default:
			undone++
		}
	}
	t.Logf("%d kills: %d times the new state, %d times the old one", kills, done, undone)
}

// A session that is being saved is there or not, and never in the way.
func TestAKillDuringASave(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	within := w.typical(w.command("vaultbar", "export", "--format=json", plain))
	found := 0
	for i := range kills / 3 {
		w.must("clear")
		got := w.mayKill(w.command("vaultbar", "export", "--format=json", plain), within)
		if got.code != 0 && got.code != 9 || got.code != 0 && got.stdout != "" {
			t.Errorf("kill %d: exit code %d, %d bytes\n%s", i, got.code, len(got.stdout), got.stderr)
		}
		before := w.aws.Server.Count("GetSessionToken")
		g := w.export(plain)
		if w.aws.Server.Count("GetSessionToken") == before {
			found++
		}
		if list := w.must("list"); !strings.Contains(list, "sts.GetSessionToken:") || g.SessionToken == "" {
			t.Errorf("kill %d: no session is listed:\n%s", i, list)
		}
	}
	t.Logf("%d kills: the session was found again %d times", kills/3, found)
}

// Programs that wait for an answer when the app dies do not wait for ever: the
// next app asks the person again, or they say what happened.
func TestAKillWhileProgramsWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	const waiting = 50
	person, _ := w.exporting(hoge)
	members := w.crowd(waiting-1, hoge)
	w.allWait(waiting)
	begun := time.Now()
	w.app().kill()
	var quick sync.WaitGroup
	codes := make([]int, len(members))
	for i, m := range members {
		quick.Go(func() { codes[i] = w.exit(m.cmd.Wait()) })
	}
	person.expect(codePrompt)
	person.answer(w.code())
	if code := person.wait(); code != 0 {
		t.Errorf("the person's: exit code %d\n%s", code, person.all())
	}
	quick.Wait()
	counts := map[int]int{}
	for i, m := range members {
		counts[codes[i]]++
		said := m.stderr.String()
		switch {
		case codes[i] == 0 && said == "" && keyID(m.stdout.String()) != "":
		case (codes[i] == 5 || codes[i] == 9) && m.stdout.Len() == 0 && strings.Count(said, "vaultbar: ") == 1 && complaint.MatchString(said):
		default:
			t.Errorf("program %d: exit code %d, %d bytes\n%s", i, codes[i], m.stdout.Len(), said)
		}
	}
	t.Logf("all ended after %s, with these codes: %v", time.Since(begun).Round(10*time.Millisecond), counts)
}
