package configedit

import (
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/configs"
)

// TestEveryFaultHasAHint holds that whatever keeps an edit from being planned or made, the
// next step is said.
func TestEveryFaultHasAHint(t *testing.T) {
	texts := configs.All(t, "../awsconfig/testdata/*.ini")
	texts["setup"] = setupConfig
	large := 64 << 10 // each edit reads the whole file
	if testing.Short() {
		large /= 8
	}
	faults := 0
	hinted := func(where string, err error) {
		if err == nil {
			return
		}
		if faults++; vaultcore.Hint(err) == "" {
			t.Errorf("%s: no hint after %q", where, err)
		}
	}
	for name, text := range texts {
		setup := workplace(t, text)
		config, unread := awsconfig.Load(setup.Path)
		for i, p := range config.Profiles.All() {
			if i > 10 || len(text) > large {
				break
			}
			for _, undo := range []bool{false, true} {
				setup.Profiles, setup.Undo = []string{p.Name}, undo
				_, err := PlanSetup(setup)
				hinted(name+": setup "+p.Name, err)
			}
		}
		additions := []Addition{{Profile: "new"}, {Profile: "x]"}, {Profile: "new", Region: "moon"}, {Profile: "broken", Region: "eu-west-1"}, {Profile: "new", MFASerial: "x y"}}
		switch {
		case len(text) <= large:
		case unread != nil: // nothing is added to what cannot be read
			additions = additions[:1]
		default:
			additions = nil
		}
		for _, add := range additions {
			_, err := PlanAdd(setup.Path, add)
			hinted(name+": add "+add.Profile, err)
		}
	}
	err := Add(filepath.Join("hint_test.go", "config"), Addition{Profile: "new"})
	if err == nil {
		t.Error("nowhere to write: no error")
	}
	hinted("nowhere to write", err)
	if faults < 300 {
		t.Errorf("only %d faults", faults)
	}
}
