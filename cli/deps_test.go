package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestLinksLittle holds the command to what starts quickly. A library below would
// be paid for by every AWS program, each time it wants credentials.
func TestLinksLittle(t *testing.T) {
	const module = "github.com/vaultbar/vaultbar/"
	ours := []string{"vaultcore", "vaultcore/aws", "vaultcore/search", "vaultcore/broadcast", "vaultcore/retry", "vaultcore/agent", "vaultcore/agent/socket", "vaultcore/accesskey",
		"vaultcore/audit/record", "vaultcore/atomicfile", // a trail is shown where no app runs
		"vaultcore/pathwalk",                        // an app is started that nobody else can change
		"vaultcore/appdirs", "vaultcore/dirprofile"} // a prompt neither waits for the app nor starts it
	for _, goos := range []string{"linux", "darwin", "windows"} {
		list := exec.Command("go", "list", "-deps", ".")
		list.Env = append(list.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
		out, err := list.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%s", err, out)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			if name, ok := strings.CutPrefix(dep, module); ok {
				if !strings.HasPrefix(name, "cli") && !slices.Contains(ours, name) {
					t.Errorf("%s: cli must know the app only through vaultcore/agent, beside words and facts, and links %s", goos, name)
				}
				continue
			}
			for _, heavy := range []string{"net/http", "crypto/sha256", "crypto/tls", "os/user", "github.com/aws/", "github.com/99designs/", "fyne.io/", "github.com/godbus/", "gopkg.in/ini"} {
				if dep == strings.TrimSuffix(heavy, "/") || strings.HasPrefix(dep, strings.TrimSuffix(heavy, "/")+"/") {
					t.Errorf("%s: cli links %s, which costs time at each start", goos, dep)
				}
			}
		}
	}
}
