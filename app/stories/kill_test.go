//go:build linux

package stories_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// A key that is added, replaced or removed while the app is killed is there as
// it was or as it is to be, and no other is: 120 kills, and 400 in the long form.
func TestAKillDuringAddAndRemove(t *testing.T) {
	t.Parallel()
	m := newKillable(t)
	m.live()
	keys := []*awstest.Key{m.spare, m.aws.Key}
	adding, removing := newKillTimes(), newKillTimes()
	for i := range short(400, 120) {
		before, after, verb := m.holds(), "", removing
		do := func(ctx context.Context) error {
			_, err := m.agent.Remove(ctx, agent.RemoveRequest{Profile: plain, Caller: m.caller()})
			return err
		}
		if before == "" || i%2 == 0 {
			key := keys[0]
			if before == key.ID() {
				key = keys[1]
			}
			after, verb = key.ID(), adding
			do = func(ctx context.Context) error {
				return m.agent.Add(ctx, agent.AddRequest{Profile: plain, Key: keyOf(key), Caller: m.caller()})
			}
		}
		failure := m.killDuring(verb, do)
		now := m.holds()
		m.leftovers(now)
		if now != before && now != after {
			t.Fatalf("kill %d: neither the old nor the new state", i)
		}
		if failure == nil && now != after {
			t.Fatalf("kill %d: the app said that it was done, and it was not", i)
		}
		verb.record(now == after, failure)
	}
	adding.kills(m, "add")
	removing.kills(m, "remove")
}

// A session that is being saved is there or not, and never in the way: 100 kills.
func TestAKillDuringASave(t *testing.T) {
	t.Parallel()
	m := newKillable(t)
	m.live()
	m.check(m.agent.Add(t.Context(), agent.AddRequest{Profile: plain, Key: keyOf(m.spare), Caller: m.caller()}))
	get := func(ctx context.Context) error {
		_, err := m.agent.Credentials(ctx, agent.CredentialsRequest{Profile: plain, Caller: m.caller()})
		return err
	}
	saving := newKillTimes()
	for i := range 100 {
		_, err := m.agent.Clear(t.Context(), agent.ClearRequest{Caller: m.caller()})
		m.check(err)
		failure := m.killDuring(saving, get)
		if m.holds() != m.spare.ID() {
			t.Fatalf("kill %d: the key is gone", i)
		}
		before := m.aws.Server.Count("GetSessionToken")
		if err := get(t.Context()); err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		saving.record(m.aws.Server.Count("GetSessionToken") == before, failure)
	}
	saving.kills(m, "save")
}

// Programs that wait for an answer when the app dies do not wait for ever: the
// next app asks the person again, or they say what happened.
func TestAKillWhileProgramsWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	const waiting = 50
	person, _ := w.exporting(hoge)
	members := w.startMany(waiting-1, hoge)
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
