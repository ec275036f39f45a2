package vault

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Of a session a program is told once, and a person once; of a long-term key always.
func TestWarned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w warned
		program, person := vaultcore.Caller{}, vaultcore.Caller{Terminal: vaultcore.TerminalAttended}
		session := func(id string) vaultcore.Credentials {
			return vaultcore.Credentials{AccessKeyID: id, SessionToken: vaultcore.NewSecret("t"), Expires: time.Now().Add(time.Hour)}
		}
		first := session("ASIA1")
		for i, c := range []struct {
			of   vaultcore.Credentials
			to   vaultcore.Caller
			want bool
		}{
			{first, program, true}, {first, program, false}, {first, person, true}, {first, person, false}, {first, program, false},
			{session("ASIA2"), program, true}, {vaultcore.Credentials{AccessKeyID: "AKIA"}, program, true}, {vaultcore.Credentials{AccessKeyID: "AKIA"}, program, true},
		} {
			if got := w.news(c.of, c.to); got != c.want {
				t.Errorf("%d: %v", i, got)
			}
		}
		time.Sleep(2 * time.Hour)
		if !w.news(session("ASIA3"), program) || len(w.until) != 1 {
			t.Errorf("sessions that have ended are remembered: %d", len(w.until))
		}
	})
}
