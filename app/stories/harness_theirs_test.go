//go:build linux

package stories_test

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"net"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// theirs is a program of AWS's that waits, with all that it imports, to be forked: of each
// second that a processor gives it, nine tenths are its start.
type theirs struct {
	socket string
	cmd    *exec.Cmd
	ready  bool
}

//go:embed testdata/theirs.py
var theirsProgram string

// startTheirs starts one, which ends with the test program.
func startTheirs(name string) *theirs {
	p := &theirs{socket: filepath.Join(programsDir, name+".sock")}
	p.cmd = exec.Command(debianPython, "-c", theirsProgram, name, p.socket)
	p.cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	if _, err := p.cmd.StdinPipe(); err != nil {
		return p
	}
	said, err := p.cmd.StdoutPipe()
	if err != nil || p.cmd.Start() != nil {
		return p
	}
	line, _ := bufio.NewReader(said).ReadString('\n') // it ends without one where its imports are missing
	p.ready = line == "ready\n"
	return p
}

var (
	awsCommand = sync.OnceValue(func() *theirs { return startTheirs("aws") })
	boto3      = sync.OnceValue(func() *theirs { return startTheirs("boto3") })
)

func needTheirPrograms(t *testing.T) {
	t.Helper()
	testenv.Time(t)
	testenv.Program(t, debianAWS, "awscli")
	testenv.That(t, awsCommand().ready, "Debian's own AWS command line (Debian's package awscli)")
	testenv.That(t, boto3().ready, "boto3 (Debian's package python3-boto3)")
}

// fork runs a program of AWS's in this world without a terminal, as command does.
func (w *world) fork(p *theirs, args ...string) outcome {
	w.Helper()
	conn, err := net.Dial("unix", p.socket)
	w.check(err)
	defer func() { _ = conn.Close() }()
	w.check(conn.SetDeadline(time.Now().Add(patience)))
	w.check(json.NewEncoder(conn).Encode(map[string]any{"args": args, "env": w.env, "dir": w.home}))
	var came struct {
		Stdout, Stderr string
		Code           int
	}
	w.check(json.NewDecoder(conn).Decode(&came))
	return outcome{came.Stdout, came.Stderr, came.Code}
}
