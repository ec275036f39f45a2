package packaging_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
