package cli

import "testing"

// TestOverSSH: tmux renews SSH_CONNECTION when somebody attaches, and leaves SSH_TTY as it was
// where its server was started.
func TestOverSSH(t *testing.T) {
	for _, test := range []struct {
		env  environment
		want bool
	}{
		{nil, false},
		{environment{"SSH_CONNECTION=10.0.0.1 1 10.0.0.2 22"}, true},
		{environment{"SSH_TTY=/dev/pts/1"}, true},
		{environment{"SSH_TTY=/dev/pts/1", "TMUX=/tmp/tmux-0/default,1,0"}, false},
		{environment{"SSH_CONNECTION=10.0.0.1 1 10.0.0.2 22", "TMUX=/tmp/tmux-0/default,1,0"}, true},
	} {
		if got := (&program{env: test.env}).overSSH(); got != test.want {
			t.Errorf("%q: %v", test.env, got)
		}
	}
}
