package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/directory"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// seen is a desktop with a person who signs in as ann.
type seen struct{ fakeDesktop }

func (*seen) Present(context.Context) bool { return true }

type browser struct{ noBrowsers }

func (browser) Open(ctx context.Context, address vaultcore.Secret, _ string, _ agent.LoginRequest) (string, []string, error) {
	go func() {
		_, _ = awstest.Visitor{Name: "ann"}.Visit(context.WithoutCancel(ctx), awstest.NewBrowser(), address.Reveal())
	}()
	return "a browser", nil, nil
}

const ssoSession = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"

// company is a vault whose person has two roles in each of so many accounts, and a
// config in which no profile uses that yet.
type company struct {
	*Vault
	world awstest.World
	ann   *awstest.Person
	ctx   context.Context // of a program of the person
}

func newCompany(t *testing.T, accounts int) company {
	t.Helper()
	v, world := newVault(t, inMemory)
	v.desktop, v.browsers = &seen{}, browser{}
	extend(t, v, ssoSession)
	center := world.Server.IdentityCenter("https://corp.awsapps.com/start")
	ann := center.Person("ann")
	for i := range accounts {
		account := world.Server.Account(fmt.Sprintf("7%011d", i), awstest.Named(fmt.Sprintf("Team %d", i)))
		ann.Assign(account, center.PermissionSet("Admin", time.Hour))
		ann.Assign(account, center.PermissionSet("Audit", time.Hour))
	}
	env, err := vaultcore.NewEnvironment(map[string]string{"AWS_ENDPOINT_URL": world.Server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return company{v, world, ann, vaultcore.WithEnvironment(t.Context(), env)}
}

// list takes all pages, as a person who clicked.
func (c company) list(r agent.AccountsRequest) (all []vaultcore.Account, err error) {
	r.SignIn, r.Caller = "corp", vaultcore.Click("")
	for {
		page, err := c.ListAccounts(c.ctx, r)
		if err != nil {
			return all, err
		}
		all = append(all, page.Accounts...)
		if r.After = page.Next; page.Next == "" {
			if len(r.Accounts) == 0 && (page.Done != page.Total || page.Total != len(all)) {
				return nil, fmt.Errorf("%d of %d, got %d", page.Done, page.Total, len(all))
			}
			return all, nil
		}
	}
}

func (c company) config(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(c.paths.Config)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSync: a sign-in that no profile uses yet is listed and gets its profiles once
// that was agreed to; a second time changes nothing.
func TestSync(t *testing.T) {
	c := newCompany(t, 15)
	before := c.config(t)
	all, err := c.list(agent.AccountsRequest{})
	if err != nil || len(all) != 15 || all[3].Name != "Team 3" || all[3].Roles != nil {
		t.Fatalf("%+v, %v", all, err)
	}
	wanted := agent.SyncRequest{SignIn: "corp", Region: "eu-west-1", Ignore: []string{"Team 1?"}}
	if _, err := c.SyncProfiles(c.ctx, wanted); !errors.Is(err, vaultcore.ErrNoAnswer) || vaultcore.Hint(err) == "" {
		t.Errorf("before roles are listed: %v", err)
	}
	if all, err = c.list(agent.AccountsRequest{Roles: true}); err != nil || len(all) != 15 || len(all[14].Roles) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	shown, err := c.SyncProfiles(c.ctx, wanted)
	if err != nil || shown.Added != 20 || shown.Applied || shown.Diff == "" || c.config(t) != before {
		t.Fatalf("%+v, %v", shown, err)
	}
	wanted.Agreed = strings.Repeat("0", 64)
	if _, err := c.SyncProfiles(c.ctx, wanted); !errors.Is(err, vaultcore.ErrBusy) || c.config(t) != before {
		t.Errorf("another change than was shown: %v", err)
	}
	wanted.Agreed = shown.Change
	if done, err := c.SyncProfiles(c.ctx, wanted); err != nil || !done.Applied || !strings.HasPrefix(c.config(t), before) {
		t.Fatalf("%+v, %v", done, err)
	}
	if again, err := c.SyncProfiles(c.ctx, agent.SyncRequest{SignIn: "Team-3-Audit", Ignore: wanted.Ignore}); err != nil || again.Diff != "" || again.Change != "" {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	if r, err := c.Credentials(c.ctx, agent.CredentialsRequest{Profile: "Team-3-Audit"}); err != nil || r.Region != "eu-west-1" {
		t.Errorf("%v, %v", r.Region, err)
	}
	e, err := c.Explain(c.ctx, agent.CredentialsRequest{Profile: "Team-3-Audit"})
	if err != nil {
		t.Fatal(err)
	}
	golden.Message(t, "the title of explain", e.Title)
	snap, err := c.Snapshot(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, p := range snap.Profiles {
		if p.Account != "" && p.AccountName == "Team "+strings.TrimLeft(p.Account[1:11], "0")+p.Account[11:] {
			named++
		}
	}
	if named != 20 {
		t.Errorf("%d profiles have the name of their account", named)
	}
}

// TestPruneFollowsThePortal: what was taken away goes when it is asked for.
func TestPruneFollowsThePortal(t *testing.T) {
	c := newCompany(t, 2)
	sync := func(prune bool) agent.SyncResult {
		t.Helper()
		if _, err := c.list(agent.AccountsRequest{Roles: true}); err != nil {
			t.Fatal(err)
		}
		wanted := agent.SyncRequest{SignIn: "corp", Prune: prune}
		shown, err := c.SyncProfiles(c.ctx, wanted)
		if err != nil {
			t.Fatal(err)
		}
		wanted.Agreed = shown.Change
		if _, err := c.SyncProfiles(c.ctx, wanted); err != nil {
			t.Fatal(err)
		}
		return shown
	}
	sync(false)
	whole := c.config(t)
	center := c.world.Server.IdentityCenter("https://corp.awsapps.com/start")
	c.ann.Unassign(c.world.Server.Account("700000000001"), center.PermissionSet("Audit", time.Hour))
	if got := sync(false); got.Diff != "" || len(got.Notes) != 1 {
		t.Errorf("%+v", got)
	}
	if got := sync(true); got.Removed != 1 || strings.Contains(c.config(t), "Team-1-Audit") {
		t.Errorf("%+v", got)
	}
	c.ann.Assign(c.world.Server.Account("700000000001"), center.PermissionSet("Audit", time.Hour))
	if sync(true); c.config(t) != whole {
		t.Errorf("the file is\n%s", c.config(t))
	}
}

// TestListingGoesOn: a listing that failed goes on where it was, in the next app too,
// and until it is whole nothing is written.
func TestListingGoesOn(t *testing.T) {
	c := newCompany(t, 30)
	if _, err := c.ListAccounts(c.ctx, agent.AccountsRequest{SignIn: "corp", Roles: true, Caller: vaultcore.Click("")}); err != nil {
		t.Fatal(err)
	}
	c.world.Server.Fault(awstest.Fault{Action: "ListAccountRoles", Times: 1, Kind: awstest.Refuse("InvalidRequestException")})
	if all, err := c.list(agent.AccountsRequest{Roles: true}); !errors.Is(err, vaultcore.ErrConfig) {
		t.Fatalf("%d accounts, %v", len(all), err)
	}
	if _, err := c.SyncProfiles(c.ctx, agent.SyncRequest{SignIn: "corp"}); !errors.Is(err, vaultcore.ErrNoAnswer) {
		t.Errorf("half a listing: %v", err)
	}
	next, err := directory.Open(filepath.Join(c.paths.State, "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.directory = next
	all, err := c.list(agent.AccountsRequest{Roles: true})
	if err != nil || len(all) != 30 {
		t.Fatalf("%d accounts, %v", len(all), err)
	}
	if n := c.world.Server.CountOK("ListAccountRoles"); n != 30 {
		t.Errorf("the roles of 30 accounts were listed %d times", n)
	}
}

// TestRolesOfSome: by id or by name.
func TestRolesOfSome(t *testing.T) {
	c := newCompany(t, 4)
	all, err := c.list(agent.AccountsRequest{Roles: true, Accounts: []string{"Team 2", "700000000000", "none"}})
	if err != nil || len(all) != 2 || all[0].ID != "700000000000" || all[1].Name != "Team 2" {
		t.Errorf("%+v, %v", all, err)
	}
	if n := c.world.Server.CountOK("ListAccountRoles"); n != 2 {
		t.Errorf("%d accounts were listed", n)
	}
}

// TestPortalRefuses what has no portal, and what nobody could sign in to.
func TestPortalRefuses(t *testing.T) {
	c := newCompany(t, 1)
	nobody := vaultcore.Caller{Prompt: vaultcore.PromptNone}
	for name, test := range map[string]struct {
		caller vaultcore.Caller
		want   error
	}{
		"nosuch": {vaultcore.Click(""), vaultcore.ErrNoProfile},
		"robot":  {vaultcore.Click(""), vaultcore.ErrRequest},
		"corp":   {nobody, vaultcore.ErrNobodyToAsk},
	} {
		_, err := c.ListAccounts(c.ctx, agent.AccountsRequest{SignIn: name, Caller: test.caller})
		if !errors.Is(err, test.want) || vaultcore.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.SyncProfiles(c.ctx, agent.SyncRequest{SignIn: "corp", Region: "moon"}); !errors.Is(err, vaultcore.ErrRequest) {
		t.Error(err)
	}
}

// TestLeadsTo: a question has the account of a profile, and its name as the portal has it.
// Nobody is asked for it.
func TestLeadsTo(t *testing.T) {
	c := newCompany(t, 1)
	extend(t, c.Vault, "\n[profile reached]\nrole_arn = arn:aws:iam::700000000000:role/admin\nsource_profile = bastion-system\n"+
		"[profile elsewhere]\nrole_arn = arn:aws:iam::222222222222:role/admin\nsource_profile = bastion-system\n")
	if _, err := c.list(agent.AccountsRequest{}); err != nil {
		t.Fatal(err)
	}
	calls := c.world.Server.Count("")
	for profile, want := range map[string]string{"reached": "700000000000 (Team 0)", "elsewhere": "222222222222", "nosuch": ""} {
		if got := c.LeadsTo(c.ctx, profile); got != want {
			t.Errorf("%s: %q", profile, got)
		}
	}
	if now := c.world.Server.Count(""); now != calls {
		t.Errorf("AWS was asked %d times", now-calls)
	}
}
