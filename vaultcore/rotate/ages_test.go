package rotate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

// TestAges: what IAM has told of a key is known after a restart, and IAM is asked again a
// day later, after a refusal a week later.
func TestAges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	made := now.Add(-95 * vaultcore.Day)
	a, err := rotate.OpenAges(path)
	if err != nil {
		t.Fatal(err)
	}
	const id = "AKIAIOSFODNN7EXAMPLE"
	if _, ok := a.Of(id); ok || !a.Begin(id, now) || a.Begin(id, now) {
		t.Error("it is asked for once, by one")
	}
	if err := a.Learn([]vaultcore.AccessKey{{ID: id, Created: made, Used: now, UsedFor: "s3"}}, now); err != nil {
		t.Fatal(err)
	}
	if err := a.Learn([]vaultcore.AccessKey{{ID: id, Created: made}}, now); err != nil {
		t.Fatal(err)
	}
	if a, err = rotate.OpenAges(path); err != nil {
		t.Fatal(err)
	}
	if got, ok := a.Of(id); !ok || !got.Created.Equal(made) || !got.Used.Equal(now) || got.UsedFor != "s3" {
		t.Errorf("after a restart: %+v, %v", got, ok)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), id) {
		t.Errorf("the file is %q: %v", text, err)
	}
	if a.Begin(id, now.Add(23*time.Hour)) || !a.Begin(id, now.Add(25*time.Hour)) {
		t.Error("it is not asked again after a day")
	}
	if err := a.Refused(id, now); err != nil {
		t.Fatal(err)
	}
	if a.Begin(id, now.Add(6*vaultcore.Day)) || !a.Begin(id, now.Add(8*vaultcore.Day)) {
		t.Error("it is not asked again after a week")
	}
	if a, err := rotate.OpenAges(filepath.Dir(path)); err == nil || !a.Begin(id, now) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}
