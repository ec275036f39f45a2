package ui

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestFold: what the person is told of uses that came close together.
func TestFold(t *testing.T) {
	claude := use{who: "claude", profile: "dev", agent: true}
	of := func(u use, profile string) use { u.profile = profile; return u }
	var many []use
	for i := range 200 {
		many = append(many, use{who: fmt.Sprint("program", i), profile: fmt.Sprint("p", i%7)})
	}
	for name, test := range map[string]struct {
		all  []use
		want []string
	}{
		"none":              {nil, nil},
		"an agent":          {[]use{claude}, []string{"claude got credentials of dev"}},
		"by two grants":     {[]use{claude, {who: "claude", profile: "dev", agent: true, grant: 2}}, []string{"claude got credentials of dev"}},
		"many profiles":     {[]use{claude, of(claude, "a"), of(claude, "b"), of(claude, "c"), of(claude, "d")}, []string{"claude got credentials of 5 profiles"}},
		"two agents":        {[]use{claude, {who: "codex", profile: "dev", agent: true}, of(claude, "a")}, []string{"claude got credentials of 2 profiles", "codex got credentials of dev"}},
		"also to read":      {[]use{claude, {who: "claude", profile: "prod", agent: true, readOnly: true}}, []string{"claude got credentials of dev", "claude got read-only access to prod"}},
		"a program":         {[]use{{who: "terraform", profile: "dev"}}, []string{"terraform uses dev for the first time"}},
		"a program, many":   {[]use{{who: "terraform", profile: "dev"}, {who: "terraform", profile: "a"}}, []string{"terraform uses 2 profiles for the first time"}},
		"its program":       {[]use{claude, {who: "aws", profile: "dev"}}, []string{"claude got credentials of dev", "aws uses dev for the first time"}},
		"three programs":    {many[:3], []string{"program0 uses p0 for the first time", "program1 uses p1 for the first time", "program2 uses p2 for the first time"}},
		"a lot of programs": {append(slices.Clone(many), claude), []string{"200 programs use 7 profiles for the first time", "claude got credentials of dev"}},
	} {
		var got []string
		for _, n := range fold(test.all) {
			got = append(got, n.Title)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// newUses are uses on a screen that is locked until seen is closed, and what was shown
// there since that was last asked.
func newUses(seen <-chan struct{}) (u *uses, shown func() []string) {
	var mu sync.Mutex
	var titles []string
	show := func(_ context.Context, n notify.Notice) error {
		mu.Lock()
		defer mu.Unlock()
		titles = append(titles, n.Title)
		return nil
	}
	return &uses{tell: show, visible: func(context.Context) error { <-seen; return nil }}, func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		defer func() { titles = nil }()
		return titles
	}
}

// TestUsesAreToldOnce: an agent's once a grant, or once a profile where it needed none.
func TestUsesAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan struct{})
		close(seen)
		u, shown := newUses(seen)
		for _, step := range []struct {
			do   func()
			want []string
		}{
			{func() { u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: "dev"}) }, []string{"claude got credentials of dev"}},
			{func() { u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: "dev"}) }, nil},
			{func() { u.AgentGot(t.Context(), agent.AgentUse{Agent: "codex", Profile: "dev"}) }, []string{"codex got credentials of dev"}},
			{func() { u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: "prod", Grant: 1}) }, []string{"claude got credentials of prod"}},
			{func() { u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: "prod", Grant: 1}) }, nil},
			{func() { u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: "prod", Grant: 2}) }, []string{"claude got credentials of prod"}},
			{func() { u.FirstUse(t.Context(), "claude", "dev") }, []string{"claude uses dev for the first time"}},
			{func() { u.FirstUse(t.Context(), "cla\nude", "dev"); u.FirstUse(t.Context(), "", "dev") }, nil},
		} {
			step.do()
			time.Sleep(time.Minute)
			if got := shown(); !slices.Equal(got, step.want) {
				t.Errorf("%q, want %q", got, step.want)
			}
		}
	})
}

// TestBurstsAreFolded: what comes close together is one notice, and so is what comes while
// the screen is locked; a stream that does not end is told now and then.
func TestBurstsAreFolded(t *testing.T) {
	gets := func(t *testing.T, u *uses, profile int) {
		u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: fmt.Sprint("p", profile)})
	}
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan struct{})
		u, shown := newUses(seen)
		gets(t, u, 0)
		time.Sleep(time.Hour)
		gets(t, u, 1)
		if got := shown(); len(got) != 0 {
			t.Errorf("on a locked screen: %q", got)
		}
		close(seen)
		if got, want := shown(), []string{"claude got credentials of 2 profiles"}; !slices.Equal(got, want) {
			t.Errorf("unlocked: %q, want %q", got, want)
		}

		for i := range 5 {
			gets(t, u, 10+i)
			time.Sleep(foldPause / 2)
		}
		time.Sleep(foldPause)
		if got, want := shown(), []string{"claude got credentials of 5 profiles"}; !slices.Equal(got, want) {
			t.Errorf("a burst: %q, want %q", got, want)
		}

		for i := range 60 {
			gets(t, u, 100+i)
			time.Sleep(time.Second)
		}
		time.Sleep(foldPause)
		if got := shown(); len(got) != 2 {
			t.Errorf("a minute of them: %q", got)
		}
	})
}

// TestUsesAreBounded: names that programs make up are told of at most so often.
func TestUsesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan struct{})
		close(seen)
		u, shown := newUses(seen)
		for i := range 10 * mostKnown {
			u.FirstUse(t.Context(), fmt.Sprint("program", i), "dev")
		}
		u.AgentGot(t.Context(), agent.AgentUse{Agent: "claude", Profile: "dev"})
		time.Sleep(longestFold)
		if got, want := shown(), []string{fmt.Sprint(mostKnown, " programs use 1 profile for the first time"), "claude got credentials of dev"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
