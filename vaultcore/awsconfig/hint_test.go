package awsconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestEveryFaultHasAHint holds that whatever is wrong with a config file, the next
// step is said: of each profile, of the file as a whole, and of each edit.
func TestEveryFaultHasAHint(t *testing.T) {
	texts := hostile()
	files, err := filepath.Glob("testdata/*.ini")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
	texts["setup"], texts["utf-16"], texts["large"] = setupConfig, "\xff\xfe[\x00", strings.Repeat("#", 5<<20)
	var deep strings.Builder // chains that are too long
	for i := range 20 {
		deep.WriteString("[profile p" + string(rune('a'+i)) + "]\ninclude_profile = p" + string(rune('b'+i)) + "\n")
		deep.WriteString("[profile s" + string(rune('a'+i)) + "]\nsource_profile = s" + string(rune('b'+i)) + "\n")
	}
	texts["deep"] = deep.String() + "[profile pu]\n[profile su]\n"
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
		config, err := load(setup.Path)
		hinted(name, err)
		for i, p := range config.Profiles.All() {
			hinted(name+" "+p.Name, p.Err)
			if i > 10 || len(text) > large {
				continue
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
		case err != nil: // nothing is added to what cannot be read
			additions = additions[:1]
		default:
			additions = nil
		}
		for _, add := range additions {
			_, err := PlanAdd(setup.Path, add)
			hinted(name+": add "+add.Profile, err)
		}
	}
	for name, err := range map[string]error{
		"a folder":     func() error { _, err := load(t.TempDir()); return err }(),
		"below a file": func() error { _, err := load(filepath.Join(files[0], "config")); return err }(),
		"nowhere to write": func() error {
			return Add(filepath.Join(files[0], "config"), Addition{Profile: "new"})
		}(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		hinted(name, err)
	}
	if faults < 100 {
		t.Errorf("only %d faults", faults)
	}
}
