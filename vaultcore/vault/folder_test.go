package vault

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/dirprofile"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestTrustFolder: a file counts once a person has said so, as it was read by whoever
// asked; what a program says of itself is no person.
func TestTrustFolder(t *testing.T) {
	s, _ := newVault(t, inMemory)
	asked := ""
	sits := func(answer string) vaultcore.Caller {
		c := testkit.Person(func(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			asked = q.Text()
			if answer == "" {
				return vaultcore.Secret{}, vaultcore.ErrCanceled
			}
			return vaultcore.NewSecret(answer), nil
		})
		c.Person = func() bool { return true }
		return c
	}
	claims := sits("trust")
	claims.Person = func() bool { return false }
	file := agent.FolderRequest{Path: "/infra/.vaultbar", Profile: "robot", Text: "# ours\nrobot\n"}
	with := func(change func(*agent.FolderRequest)) agent.FolderRequest {
		r := file
		change(&r)
		return r
	}
	for _, c := range []struct {
		name    string
		request agent.FolderRequest
		caller  vaultcore.Caller
		err     error
		trusted bool
	}{
		{"a program", file, vaultcore.Caller{Program: "x"}, vaultcore.ErrNobodyToAsk, false},
		{"one that says it has a person", file, claims, vaultcore.ErrNobodyToAsk, false},
		{"no", file, sits(""), vaultcore.ErrCanceled, false},
		{"another path", with(func(r *agent.FolderRequest) { r.Path = "infra/.vaultbar" }), sits("trust"), vaultcore.ErrRequest, false},
		{"a path that goes up", with(func(r *agent.FolderRequest) { r.Path = "/x/../infra/.vaultbar" }), sits("trust"), vaultcore.ErrRequest, false},
		{"another file", with(func(r *agent.FolderRequest) { r.Path = "/infra/.envrc" }), sits("trust"), vaultcore.ErrRequest, false},
		{"a text that names another", with(func(r *agent.FolderRequest) { r.Text = "hoge-system\n" }), sits("trust"), vaultcore.ErrRequest, false},
		{"a text that says more", with(func(r *agent.FolderRequest) { r.Text += "endpoint_url = http://x\n" }), sits("trust"), vaultcore.ErrRequest, false},
		{"no such profile", with(func(r *agent.FolderRequest) { r.Profile, r.Text = "robto", "robto\n" }), sits("trust"), vaultcore.ErrNoProfile, false},
		{"yes", file, sits("trust"), nil, true},
		{"no more", with(func(r *agent.FolderRequest) { r.Text, r.Forget = "", true }), vaultcore.Caller{Program: "x"}, nil, false},
		{"yes again", file, sits("trust"), nil, true},
	} {
		c.request.Caller = c.caller
		err := s.TrustFolder(t.Context(), c.request)
		if !errors.Is(err, c.err) || (c.err == nil) != (err == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		list, err := dirprofile.ReadList(s.paths.State)
		mine, _ := dirprofile.Of(file.Path, file.Text)
		if err != nil || list.Trusts(mine) != c.trusted || len(list) > 1 {
			t.Errorf("%s: %v, %v", c.name, list, err)
		}
	}
	if !strings.HasPrefix(asked, subjectOfFolder("robot", "/infra")+" [n]o, [t]rust") {
		t.Errorf("asked %q", asked)
	}
}

// TestSubjectsOfFolders: what the question shows can do nothing to a screen.
func TestSubjectsOfFolders(t *testing.T) {
	golden.Message(t, "plain", subjectOfFolder("robot", "~/infra"))
	golden.Message(t, "with a character that is not shown", subjectOfFolder("rob\u202eot", "~/infra"))
}
