//go:build unix

package launch

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestTrusted holds that an app which somebody else could have put there is not
// started, by whatever way: the file, a folder above it, a link to it.
func TestTrusted(t *testing.T) {
	const otherUser = 12345
	for _, c := range []struct {
		name    string
		root    bool // only root can arrange it
		arrange func(folder, app string) (named string, err error)
		ok      bool
	}{
		{"ours", false, func(_, app string) (string, error) { return app, nil }, true},
		{"of our own group", false, func(folder, app string) (string, error) {
			return app, errors.Join(os.Chmod(folder, 0o775), os.Chmod(app, 0o775))
		}, os.Getgid() == os.Getuid()},
		{"by a link", false, func(folder, app string) (string, error) {
			return folder + "/link", os.Symlink("app", folder+"/link")
		}, true},
		{"open file", false, func(_, app string) (string, error) { return app, os.Chmod(app, 0o777) }, false},
		{"open folder", false, func(folder, app string) (string, error) { return app, os.Chmod(folder, 0o777) }, false},
		{"folder like /tmp", false, func(folder, app string) (string, error) { return app, os.Chmod(folder, 0o777|os.ModeSticky) }, true},
		{"link to an open file", false, func(folder, app string) (string, error) {
			return folder + "/link", errors.Join(os.Chmod(app, 0o777), os.Symlink(app, folder+"/link"))
		}, false},
		{"by a link to an open folder", false, func(folder, app string) (string, error) {
			loose := folder + "/loose"
			err := errors.Join(os.Mkdir(loose, 0o755), os.Chmod(loose, 0o777), os.Rename(app, loose+"/app"), os.Symlink("loose", folder+"/bin"))
			return folder + "/bin/app", err
		}, false},
		{"link to itself", false, func(folder, _ string) (string, error) { return folder + "/loop", os.Symlink("loop", folder+"/loop") }, false},
		{"missing", false, func(folder, _ string) (string, error) { return folder + "/none", nil }, false},
		{"of another", true, func(_, app string) (string, error) { return app, os.Chown(app, otherUser, -1) }, false},
		{"in a folder of another", true, func(folder, app string) (string, error) { return app, os.Chown(folder, otherUser, -1) }, false},
		{"by a link of another", true, func(folder, app string) (string, error) {
			return folder + "/link", errors.Join(os.Symlink(app, folder+"/link"), os.Lchown(folder+"/link", otherUser, -1))
		}, false},
		{"of a group", true, func(_, app string) (string, error) {
			return app, errors.Join(os.Chown(app, -1, otherUser), os.Chmod(app, 0o775))
		}, false},
		{"of administrators", true, func(_, app string) (string, error) {
			return app, errors.Join(os.Chown(app, -1, administrators()[1]), os.Chmod(app, 0o775))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.root {
				testenv.Root(t)
			}
			folder := filepath.Join(t.TempDir(), "bin")
			app := filepath.Join(folder, "app")
			must(t, os.Mkdir(folder, 0o755))
			must(t, os.WriteFile(app, nil, 0o755))
			named, err := c.arrange(folder, app)
			must(t, err)
			got, err := Find(named)
			if c.ok != (err == nil) || err == nil && got != named {
				t.Errorf("%s: %q, %v", named, got, err)
			}
			if err != nil && (!errors.Is(err, vaultcore.ErrUnreachable) || vaultcore.Hint(err) == "") {
				t.Errorf("%v, hint %q", err, vaultcore.Hint(err))
			}
		})
	}
	if _, err := Find("bin/app"); !errors.Is(err, vaultcore.ErrUnreachable) || vaultcore.Hint(err) == "" {
		t.Errorf("a relative path: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
