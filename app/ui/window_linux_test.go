package ui

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// visitor is a browser that fetches what it is given and shows nothing.
const visitor = `#!/bin/bash
address=${1#http://} host=${1#http://} host=${host%%/*}
exec 3<>"/dev/tcp/${host%:*}/${host##*:}"
printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "${address#*/}" "$host" >&3
cat <&3 >/dev/null
`

// TestAnUnknownBROWSERIsNamed holds that a variable BROWSER that names no browser is
// passed over with a warning, once.
func TestAnUnknownBROWSERIsNamed(t *testing.T) {
	testenv.Root(t) // browsers of other users are not started
	testenv.Program(t, "bash", "bash")
	for preferred, named := range map[string]string{"": "", "ly\x1bnx --x": "lynx --x"} {
		programs := t.TempDir()
		if err := os.WriteFile(filepath.Join(programs, "xdg-open"), []byte(visitor), 0o755); err != nil {
			t.Fatal(err)
		}
		b := &Browsers{
			Launcher: &browser.Launcher{
				Folder: filepath.Join(t.TempDir(), "browsers"), Programs: []string{programs},
				Environ: []string{"HOME=" + t.TempDir(), "DISPLAY=:1", "XDG_CONFIG_DIRS=/nonexistent", "XDG_DATA_DIRS=/nonexistent"},
			},
			Settings: func() settings.Settings { return settings.Settings{} }, Preferred: preferred,
			Life: t.Context(), Hold: func() {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}
		open := func() []string {
			t.Helper()
			_, warnings, err := b.Open(t.Context(), vaultcore.NewSecret("https://signin.aws.amazon.com/federation?SigninToken=x"), "", agent.LoginRequest{Profile: "prod"})
			if err != nil {
				t.Fatal(err)
			}
			return warnings
		}
		first, second := strings.Join(open(), "\n"), open()
		if named != "" && (!strings.Contains(first, named) || !strings.Contains(first, "`vaultbar browsers`")) || named == "" && first != "" || len(second) > 0 {
			t.Errorf("BROWSER is %q: told %q, then %q", preferred, first, second)
		}
	}
}
