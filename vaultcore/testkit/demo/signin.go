package main

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	signing "github.com/vaultbar/vaultbar/vaultcore/source/person"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// team is the sign-in of the demo's Identity Center.
var team = vaultcore.SignIn{Session: "demo", StartURL: "https://d-demo.awsapps.com/start", Region: "us-east-1", Scopes: "sso:account:access"}

// found makes an Identity Center in which ann is a developer, and returns what her
// config file says of it.
func found(world awstest.World) string {
	center := world.Server.IdentityCenter(team.StartURL)
	center.Person("ann").Assign(world.Account, center.PermissionSet("Developer", time.Hour))
	return "\n[sso-session demo]\nsso_start_url = " + team.StartURL + "\nsso_region = " + team.Region + "\nsso_registration_scopes = " + team.Scopes +
		"\n\n[profile team-system]\nregion = ap-northeast-1\nsso_session = demo\nsso_account_id = " + world.Account.ID() + "\nsso_role_name = Developer\n"
}

// signIn has ann sign in by a code, as AWS's command line does it, and leaves what that
// leaves. Her part at AWS's page is played.
func (st *sandbox) signIn(ctx context.Context) error {
	ann := awstest.Visitor{Name: "ann"}
	authority := sso.NewAuthority(team, sso.Target{Portal: st.world.Server.URL(), Authority: st.world.Server.URL(), HTTP: http.DefaultClient})
	token, err := authority.Device(ctx, sso.Registration{}, func(code signing.Code) error {
		_, err := ann.Visit(ctx, awstest.NewBrowser(), code.Page)
		return err
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]string{
		"startUrl": team.StartURL, "region": team.Region, "accessToken": token.Access.Reveal(), "expiresAt": token.Expires.UTC().Format(time.RFC3339),
	})
	if err != nil {
		return err
	}
	folder := filepath.Join(st.dir, ".aws", "sso", "cache")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	name := sha1.Sum([]byte(team.Session))
	return os.WriteFile(filepath.Join(folder, hex.EncodeToString(name[:])+".json"), text, 0o600)
}
