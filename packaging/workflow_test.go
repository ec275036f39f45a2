package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

var (
	used    = regexp.MustCompile(`(?m)^\s*(?:- )?uses: (\S+)(.*)$`)
	pinned  = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	version = regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`)
	job     = regexp.MustCompile(`(?m)^  [a-z]+:$`)
)

// TestWorkflows: what runs on others' machines runs what was looked at, for a time that
// ends, with no more rights than it needs.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, jobs, ok := strings.Cut(string(text), "\njobs:\n")
		if !ok || !strings.Contains(string(text), "\npermissions:\n  contents: read\n") {
			t.Errorf("%s: it has no jobs, or they may do more than read", file)
		}
		if n, limits := len(job.FindAllString(jobs, -1)), strings.Count(jobs, "\n    timeout-minutes: "); n == 0 || n != limits {
			t.Errorf("%s: %d jobs, %d limits of time", file, n, limits)
		}
		if strings.Count(jobs, "strategy:") != strings.Count(jobs, "fail-fast: false") {
			t.Errorf("%s: one system that fails ends the others", file)
		}
		if strings.Contains(string(text), "pull_request_target") {
			t.Errorf("%s: strangers' changes run with our rights", file)
		}
		for _, use := range used.FindAllStringSubmatch(jobs, -1) {
			if !pinned.MatchString(use[1]) || !version.MatchString(use[2]) {
				t.Errorf("%s: %s%s is not a commit with its version beside it", file, use[1], use[2])
			}
		}
	}
}

// TestWorkflowsDo: each thing that only the machines of others can do is asked of them.
func TestWorkflowsDo(t *testing.T) {
	for _, c := range []struct {
		file, job string
		has       []string
	}{
		{"test", "linux", []string{".ci/run", "make vuln", "upload-artifact"}},
		{"test", "fuzz", []string{"make fuzz"}},
		{"test", "night", []string{"if: github.event_name == 'schedule'", "what: [long, soak, bench, vuln, wine]", "upload-artifact"}},
		{"test", "desktop", []string{"macos-15", "windows-2025", "go build ./...", "go test", "upload-artifact"}},
		{"test", "smoke", []string{"os: macos-15, keychain: file", "os: windows-2025, keychain: wincred, app: -ldflags=-H=windowsgui", "vaultcore/testkit/smoke", "upload-artifact"}},
		{"test", "packages", []string{"make dist", "upload-artifact"}},
		{"release", "macos", []string{"environment: release", "secrets.MACOS_CERTIFICATE", "with-certificate.sh packaging/macos/notarize.sh", "macos/Vaultbar.zip", "cache: false"}},
		{"release", "release", []string{"environment: release", "needs: macos", "make dist MACOS=macos", "govulncheck -mode=binary", "attest-build-provenance", "subject-checksums: dist/SHA256SUMS", "--draft", "cache: false"}},
	} {
		text, err := os.ReadFile(filepath.Join("..", ".github", "workflows", c.file+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), "\n  "+c.job+":\n")
		if !ok {
			t.Errorf("%s has no job %s", c.file, c.job)
			continue
		}
		if next := job.FindStringIndex(rest); next != nil {
			rest = rest[:next[0]]
		}
		for _, want := range c.has {
			if !strings.Contains(rest, want) {
				t.Errorf("%s, job %s, lacks %s", c.file, c.job, want)
			}
		}
	}
}

// TestActionlint has the linter of workflows look at them: it knows which keys there are,
// which values they take, and where text of strangers would become a command.
func TestActionlint(t *testing.T) {
	testenv.Time(t)
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	command := exec.CommandContext(t.Context(), "go", append([]string{"tool", "-modfile=tools.mod", "actionlint", "-no-color", "-shellcheck=", "-pyflakes="}, files...)...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
