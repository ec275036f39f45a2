//go:build linux

package stories_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// report is what `vaultbar doctor --json` prints.
type report struct {
	Failing  bool
	Checks   []vaultcore.Check
	Searches []vaultcore.Search
}

// of is what is said of one thing: the worst.
func (r report) of(name string) (worst vaultcore.Check) {
	for _, c := range r.Checks {
		if c.Name == name && (worst.Name == "" || worst.Verdict != vaultcore.CheckFail) {
			worst = c
		}
	}
	return worst
}

// doctor asks for a report, which must hold none of the keys.
func (w *world) doctor(code int, args ...string) report {
	w.Helper()
	got := w.run(append([]string{"doctor", "--json"}, args...)...)
	var r report
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != code || got.stderr != "" {
		w.Errorf("exit code %d, %v\n%s%s", got.code, err, got.stdout, got.stderr)
	}
	shown := got.stdout + w.run(append([]string{"doctor"}, args...)...).stdout
	for _, key := range []*awstest.Key{w.spare, w.aws.Key} {
		if strings.Contains(shown, key.Secret().Reveal()) || strings.Contains(shown, key.ID()) {
			w.Errorf("a key is in\n%s", shown)
		}
	}
	return r
}

// files are those below a folder, with their sizes.
func (w *world) files(folder string) map[string]int64 {
	w.Helper()
	found := map[string]int64{}
	w.check(filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			info, wrong := entry.Info()
			if wrong != nil {
				return wrong
			}
			found[path] = info.Size()
		}
		return err
	}))
	return found
}

// TestStoryDoctor is somebody whose set-up does not work, without an app first, then with
// one: each mistake has a line, the app is not started for that and nothing is written,
// and no secret is said.
func TestStoryDoctor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := "[profile " + plain + "]\nregion = eu-central-1\n"
	w.writeConfig(good + "[profile above]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = nowhere\n")
	w.plainKeys(map[string]*awstest.Key{plain: w.spare}, "")
	w.env = w.with("AWS_ACCESS_KEY_ID="+w.spare.ID(), "AWS_SECRET_ACCESS_KEY="+w.spare.Secret().Reveal())
	before := w.files(w.home)

	r := w.doctor(1, plain)
	for name, want := range map[string]vaultcore.Verdict{"app": vaultcore.CheckOK, "profiles": vaultcore.CheckFail, "plain keys": vaultcore.CheckWarn, "environment": vaultcore.CheckWarn, "source": vaultcore.CheckWarn} {
		if c := r.of(name); c.Verdict != want || want != vaultcore.CheckOK && c.Next == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if len(r.Searches) != 2 || !r.Searches[0].Places[0].Wins {
		t.Errorf("where AWS's tools look: %+v", r.Searches)
	}
	if got := w.run("doctor", "nosuch"); got.code != 3 || got.stdout != "" {
		t.Errorf("a profile that does not exist: exit code %d\n%s", got.code, got.stdout)
	}
	if got := w.run("status"); got.code != 9 {
		t.Errorf("an app was started: exit code %d\n%s", got.code, got.stdout)
	}
	if after := w.files(w.home); !maps.Equal(before, after) {
		t.Errorf("the home had %v, and has %v", before, after)
	}

	w.env = w.with("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
	w.add(plain, w.spare)
	w.plainKeys(nil, "")
	w.writeConfig(good)
	w.must("setup", "--yes", plain)
	asked := w.aws.Server.Count("GetCallerIdentity")
	r = w.doctor(0, plain)
	if w.aws.Server.Count("GetCallerIdentity") != asked {
		t.Error("AWS was asked")
	}
	if c := r.of("keychain"); !strings.HasSuffix(c.Text, "1 key") || c.Verdict != vaultcore.CheckOK {
		t.Errorf("%+v", c)
	}
	if len(r.Searches) != 2 || r.of("source").Verdict != vaultcore.CheckOK {
		t.Errorf("%+v", r)
	}
	r = w.doctor(0, "--online", plain)
	for _, name := range []string{"AWS", "clock", "key"} {
		if c := r.of(name); c.Verdict != vaultcore.CheckOK {
			t.Errorf("%s: %+v", name, c)
		}
	}
	w.must("lock")
	if c := w.doctor(0).of("keychain"); c.Verdict != vaultcore.CheckWarn || !strings.Contains(c.Next, "vaultbar unlock") {
		t.Errorf("%+v", c)
	}
}
