package agent

import "testing"

// TestUnaskedUse: the person is told of what an agent got that they have not just answered
// for.
func TestUnaskedUse(t *testing.T) {
	for _, test := range []struct {
		decided Decision
		want    bool
	}{
		{Decision{}, false},
		{Decision{By: ByGrant, Grant: 1}, false},
		{Decision{Agent: "claude"}, true},
		{Decision{Agent: "claude", By: ByGrant, Grant: 1}, true},
		{Decision{Agent: "claude", By: "once"}, false},
		{Decision{Agent: "claude", By: "hour", Grant: 1}, false},
	} {
		got, ok := test.decided.UnaskedUse("prod", true)
		want := AgentUse{Agent: test.decided.Agent, Profile: "prod", Grant: test.decided.Grant, ReadOnly: true}
		if ok != test.want || got != want {
			t.Errorf("%+v: %+v, %t", test.decided, got, ok)
		}
	}
}
