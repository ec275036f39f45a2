package cli

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestUnwritableOutput holds that a result which cannot be written is a failure,
// and that /dev/null takes one.
func TestUnwritableOutput(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	export := "vaultbar export --format=json " + testkit.BaseProfile
	for script, want := range map[string]int{
		export + " >/dev/full":        exitFailed,
		"vaultbar list >/dev/full":    exitFailed,
		export + " </dev/zero 1>&0":   exitFailed, // open, but not for writing
		export + " >/dev/null":        exitDone,
		export + " 1<>/dev/null":      exitDone,
		export + " 0<>/dev/null 1<&0": exitDone,
	} {
		w.outputs(t, script, want)
	}
}

// outputs runs a script, and checks its code and that a failure is told.
func (w world) outputs(t *testing.T, script string, want int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = w.env
	out, _ := cmd.CombinedOutput()
	untold := want != exitDone && !strings.HasPrefix(string(out), "vaultbar: ")
	if code := cmd.ProcessState.ExitCode(); code != want || untold {
		t.Errorf("%s: code %d: %s", script, code, out)
	}
}

// TestClosedOutput holds that a stdout that is closed is told apart from one that
// another program opened on /dev/null for reading and writing: Python and Node do
// that. It takes the command as make links it.
func TestClosedOutput(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("here a closed stdout counts as /dev/null")
	}
	w := newWorld(t)
	w.serve(t, sampleService())
	w.env[1] = "PATH=" + made(t) + ":" + w.env[1][len("PATH="):]
	for _, args := range []string{"export --format=json " + testkit.BaseProfile, "login --stdout " + testkit.BaseProfile} {
		w.outputs(t, "vaultbar "+args+" >&-", exitFailed)
		w.outputs(t, "vaultbar "+args+" 1<>/dev/null", exitDone)
		w.outputs(t, "vaultbar "+args+" <&- 2>&1 | grep -q .", exitDone)
	}
	t.Run("python", func(t *testing.T) {
		testenv.Program(t, "python3", "python3")
		w.outputs(t, fmt.Sprintf(`python3 -c 'import subprocess
subprocess.run(["vaultbar","export","--format=json",%q], stdout=subprocess.DEVNULL, check=True)
subprocess.run(["vaultbar","login","--stdout",%q], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)'`,
			testkit.BaseProfile, testkit.BaseProfile), exitDone)
	})
	t.Run("node", func(t *testing.T) {
		testenv.Program(t, "node", "nodejs")
		w.outputs(t, fmt.Sprintf(`node -e 'const r = require("child_process").spawnSync("vaultbar", ["export", "--format=json", %q], {stdio: ["ignore", "ignore", "inherit"]}); process.exit(r.status)'`,
			testkit.BaseProfile), exitDone)
	})
}

// made is a folder with the programs as make builds them.
func made(t *testing.T) string {
	t.Helper()
	testenv.Program(t, "make", "make")
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "make", "build", "BIN="+bin)
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}
