package socket

import "testing"

// TestWhoSits: of which terminals a person's answer is taken.
func TestWhoSits(t *testing.T) {
	shell, sshd := parent{name: "bash"}, parent{name: "sshd-session"}
	for _, test := range []struct {
		name string
		at   sitting
		want bool
	}{
		{"a console", sitting{true, true, []parent{{"login", true}}, nil}, true},
		{"ssh", sitting{true, true, []parent{sshd, {"sshd-session", true}}, nil}, true},
		{"ssh of an earlier time", sitting{true, true, []parent{{"sshd", false}, {"sshd", true}}, nil}, true},
		{"ssh of root", sitting{true, true, []parent{{"sshd", true}, {"sshd", true}}, nil}, true},
		{"a window", sitting{true, true, []parent{{"xterm", false}}, []parent{{"xterm", true}}}, true},
		{"another program", sitting{false, true, []parent{{"login", true}}, nil}, false},
		{"in the background", sitting{true, false, []parent{{"login", true}}, nil}, false},
		{"a program named login", sitting{true, true, []parent{{"login", false}}, nil}, false},
		{"a program named sshd", sitting{true, true, []parent{{"sshd", false}, shell}, nil}, false},
		{"a job of cron", sitting{true, true, []parent{{"cron", true}}, nil}, false},
		{"a program's pty", sitting{true, true, []parent{shell}, []parent{{"python3.11", true}}}, false},
		{"a multiplexer, which programs can type into", sitting{true, true, []parent{{"tmux: server", false}}, []parent{{"tmux", true}}}, false},
		{"a program that the person could have written", sitting{true, true, nil, []parent{{"xterm", false}}}, false},
		{"a window that a program shares", sitting{true, true, nil, []parent{{"xterm", true}, {"node", true}}}, false},
		{"nobody holds the other side that may be looked into", sitting{true, true, []parent{shell}, nil}, false},
		{"nothing is known", sitting{}, false},
	} {
		if got := test.at.person(); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}
