package rotator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestOneKeyOfSeveralNames: a key that was added under two names is changed under both.
func TestOneKeyOfSeveralNames(t *testing.T) {
	w := newWorld(t)
	old := w.inUse("robot")
	key, err := w.keys.Key(t.Context(), "robot")
	if err == nil {
		err = w.keys.SetKey(t.Context(), "copy", key)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.keep("other", w.account.User("other").NewKey())
	done, err := w.rotate(agent.RotateRequest{Profile: "copy"})
	if err != nil || !slices.Equal(done.Names, []string{"copy", "robot"}) || !slices.Equal(w.vault.replaced, done.Names) {
		t.Fatalf("%+v, %v, replaced %q", done, err, w.vault.replaced)
	}
	if now := w.inUse("copy"); now == old || now != w.inUse("robot") {
		t.Errorf("in use is %s", now)
	}
}

// TestLostAnswers: after an answer of AWS that is lost, at whichever call, the key in use
// works, and the next try ends the rotation.
func TestLostAnswers(t *testing.T) {
	for _, action := range []string{"GetCallerIdentity", "ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"} {
		for name, kind := range map[string]awstest.Kind{"dropped": awstest.Drop, "lost": awstest.DropMidBody, "out of order": awstest.Status(500)} {
			t.Run(action+" "+name, func(t *testing.T) {
				w := newWorld(t)
				old := w.inUse("robot")
				r := agent.RotateRequest{Profile: "robot"}
				shown, err := w.Rotate(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				w.server.Fault(awstest.Fault{Action: action, Kind: kind, Times: 3}) // the SDK tries three times
				r.Agreed = shown.Plan
				_, err = w.Rotate(t.Context(), r)
				creations := w.server.Count("CreateAccessKey")
				w.server.ClearFaults()
				w.inUse("robot")
				if action == "CreateAccessKey" && (!errors.Is(err, vaultcore.ErrNoAnswer) || creations != 1 || w.ongoing.Of("robot").Stage != vaultcore.RotationCreating) {
					t.Errorf("%v after %d creations", err, creations)
				}
				if err != nil {
					if _, err := w.rotate(agent.RotateRequest{Profile: "robot"}); err != nil {
						t.Fatalf("the next try: %v", err)
					}
				}
				now := w.inUse("robot")
				if ids, _ := w.robot.Keys(); now == old || !slices.Equal(ids, []string{now}) {
					t.Errorf("in use is %s of %q", now, ids)
				}
			})
		}
	}
}

// TestRefusals: what is not to be rotated is left as it is.
func TestRefusals(t *testing.T) {
	signedIn := plan.Plan{Steps: []plan.Step{{Kind: plan.Kind(vaultcore.SSOSource), Source: vaultcore.Source{Kind: vaultcore.SSOSource}}}}
	for name, test := range map[string]struct {
		world func(*world)
		r     agent.RotateRequest
		err   error
	}{
		"the root user's": {func(w *world) { w.keep("robot", w.account.Root().NewKey()) }, agent.RotateRequest{Profile: "robot"}, vaultcore.ErrRefused},
		"of another account": {func(w *world) {
			w.vault.known.Account = plan.Named{Account: "999999999999", Setting: "aws_account_id", Profile: "robot"}
		}, agent.RotateRequest{Profile: "robot"}, vaultcore.ErrWrongAccount},
		"no key":       {func(w *world) { w.vault.plans["portal"] = signedIn }, agent.RotateRequest{Profile: "portal"}, vaultcore.ErrNoCredentials},
		"no profile":   {func(*world) {}, agent.RotateRequest{Profile: "nobody"}, vaultcore.ErrNoProfile},
		"another plan": {func(*world) {}, agent.RotateRequest{Profile: "robot", Agreed: "of yesterday"}, vaultcore.ErrBusy},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			test.world(w)
			_, err := w.Rotate(t.Context(), test.r)
			if !errors.Is(err, test.err) {
				t.Error(err)
			}
			golden.Message(t, "", testkit.ErrorText(err))
			if n := w.server.Count("CreateAccessKey"); n != 0 || len(w.Ongoing()) != 0 {
				t.Errorf("%d keys were created: %+v", n, w.Ongoing())
			}
		})
	}
}

// TestRotatedOfARole: the profile that is named may be one whose credentials start from
// the key of another, and all are told of.
func TestRotatedOfARole(t *testing.T) {
	w := newWorld(t)
	w.vault.plans["above"] = plan.Plan{Steps: []plan.Step{{Kind: plan.Key, KeyName: "robot", Profile: "robot"}}}
	w.vault.profiles = []string{"robot", "above"}
	path := filepath.Join(t.TempDir(), "credentials")
	key, err := w.keys.Key(t.Context(), "robot")
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("[robot]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey.Reveal())
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.vault.known.Files.Credentials = path
	shown, err := w.Rotate(t.Context(), agent.RotateRequest{Profile: "above"})
	if err != nil || !slices.Equal(shown.Names, []string{"robot"}) || !slices.Equal(shown.Profiles, []string{"robot", "above"}) || len(shown.Notes) != 2 {
		t.Fatalf("%+v, %v", shown, err)
	}
	for i, note := range shown.Notes {
		golden.Message(t, fmt.Sprintf("note %d", i+1), note, path, "FILE")
	}
}

// TestPlaces: a new key has to be known wherever the old one is used, at four places at
// most.
func TestPlaces(t *testing.T) {
	at := func(region, endpoint string) sts.Target { return sts.Target{Region: region, Endpoint: endpoint} }
	first := at("us-east-1", "")
	for name, test := range map[string]struct{ others, want []sts.Target }{
		"nowhere else":    {nil, []sts.Target{first}},
		"there again":     {[]sts.Target{{Region: "us-east-1", Attempts: 5}}, []sts.Target{first}},
		"another region":  {[]sts.Target{at("eu-west-1", ""), at("eu-west-1", "")}, []sts.Target{first, at("eu-west-1", "")}},
		"in AWS's place":  {[]sts.Target{at("us-east-1", "http://127.0.0.1:1")}, []sts.Target{first, at("us-east-1", "http://127.0.0.1:1")}},
		"more than asked": {[]sts.Target{at("a", ""), at("b", ""), at("c", ""), at("d", "")}, []sts.Target{first, at("a", ""), at("b", ""), at("c", "")}},
	} {
		if got := places(first, test.others); !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
