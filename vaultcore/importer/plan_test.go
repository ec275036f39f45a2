package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/configedit"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func plainKey(profile, id string) awsconfig.PlainKey {
	return awsconfig.PlainKey{Profile: profile, File: "~/.aws/credentials", Line: 2, Key: vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(annSecret)}}
}

// TestJudge: which keys move, with what, and why others stay.
func TestJudge(t *testing.T) {
	ann := vaultcore.Identity{Account: "111111111111", User: "ann", MFADevices: []string{device}}
	two, root := ann, vaultcore.Identity{Account: "111111111111", User: "root"}
	two.MFADevices = []string{device, device + "2"}
	key := plainKey("a", annID)
	elsewhere := key
	elsewhere.File, elsewhere.Line = "aws-vault (file)", 0
	refused := vaultcore.Faultf(vaultcore.ErrRefused, "AWS does not know the key").WithHint("look at it in IAM")
	var b strings.Builder
	for _, c := range []struct {
		name    string
		facts   facts
		request agent.ImportRequest
		kind    error // why it stays; nil for one that moves
	}{
		{"a key", facts{key: key, identity: ann}, agent.ImportRequest{}, nil},
		{"a key of a profile with a device", facts{key: key, identity: ann, hasMFA: true}, agent.ImportRequest{}, nil},
		{"a key whose device is not wanted", facts{key: key, identity: ann}, agent.ImportRequest{NoMFA: true}, nil},
		{"a key of a user with two devices", facts{key: key, identity: two}, agent.ImportRequest{}, nil},
		{"a key that nobody asked about", facts{key: key}, agent.ImportRequest{NoVerify: true}, nil},
		{"a key that the keychain has", facts{key: key, stored: annID}, agent.ImportRequest{}, nil},
		{"a key of root's", facts{key: key, identity: root}, agent.ImportRequest{}, nil},
		{"a key of root's in a file of the console", facts{key: key, identity: root}, agent.ImportRequest{CSV: "keys.csv"}, vaultcore.ErrKey},
		{"another key in the keychain", facts{key: key, stored: bobID}, agent.ImportRequest{}, vaultcore.ErrKey},
		{"another key in the keychain than aws-vault's", facts{key: elsewhere, stored: bobID}, agent.ImportRequest{}, vaultcore.ErrKey},
		{"a key that AWS does not take", facts{key: key, err: refused}, agent.ImportRequest{}, vaultcore.ErrRefused},
		{"a key of aws-vault's that AWS does not take", facts{key: elsewhere, err: refused}, agent.ImportRequest{}, vaultcore.ErrRefused},
		{"a key that cannot be moved", facts{key: key, err: vaultcore.Faultf(vaultcore.ErrConfig, "a role")}, agent.ImportRequest{}, vaultcore.ErrConfig},
	} {
		p := newPlan(c.request, awsconfig.Files{})
		p.judge(c.request, c.facts)
		if err := c.facts.stays(c.request.CSV != ""); !errors.Is(err, c.kind) || (c.kind == nil) != (len(p.wanted.Keys) == 1) {
			t.Errorf("%s: %d move: %v", c.name, len(p.wanted.Keys), err)
		}
		row := p.shown.Keys[0]
		fmt.Fprintf(&b, "%s:", c.name)
		switch {
		case row.Why != "":
			fmt.Fprintf(&b, " stays: %s\n  hint: %s\n", row.Why, row.Hint)
		case row.Kept:
			fmt.Fprintf(&b, " moves, and is not stored again\n")
		default:
			fmt.Fprintf(&b, " moves, of account %q, with device %q\n", p.wanted.Keys[0].Key.AccountID, p.wanted.Devices["a"])
		}
	}
	golden.Check(t, "judge.txt", b.String())
}

// TestThePlanIsNamedByAllThatItDoes: nobody agrees to one and gets another.
func TestThePlanIsNamedByAllThatItDoes(t *testing.T) {
	base := func() plan {
		return plan{
			wanted: configedit.Import{Keys: []awsconfig.PlainKey{plainKey("a", annID), plainKey("b", bobID)}},
			config: configedit.Change{Diff: "+x"}, plain: configedit.Change{Diff: "-y"},
		}
	}
	first := base()
	seen := map[string]string{"": "no plan", first.name(): "the same plan"}
	for what, change := range map[string]func(*plan){
		"another config":      func(p *plan) { p.config.Diff = "+z" },
		"other lines go":      func(p *plan) { p.plain.Diff = "" },
		"aws-vault loses it":  func(p *plan) { p.from = &keystore.AWSVault{} },
		"another key":         func(p *plan) { p.wanted.Keys[0].Key.AccessKeyID = bobID },
		"another profile":     func(p *plan) { p.wanted.Keys[0].Profile = "c" },
		"fewer keys":          func(p *plan) { p.wanted.Keys = p.wanted.Keys[:1] },
		"as in another place": func(p *plan) { p.config.Diff, p.plain.Diff = p.plain.Diff, p.config.Diff },
	} {
		p := base()
		change(&p)
		if other, ok := seen[p.name()]; ok {
			t.Errorf("%s has the name of %s", what, other)
		}
		seen[p.name()] = what
	}
	if again := base(); again.name() != first.name() {
		t.Error("the same plan has another name")
	}
	none := base()
	none.wanted.Keys = nil
	if none.name() != "" {
		t.Error("a plan that moves nothing has a name")
	}
}
