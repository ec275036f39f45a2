//go:build unix

package audit

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Some tests need an app of their own: this program again, in a role.
const (
	roleVariable   = "AUDIT_TEST_ROLE"
	folderVariable = "AUDIT_TEST_FOLDER"
	smallFile      = 128 << 10
	fewFiles       = 4
)

func TestMain(m *testing.M) {
	folder := os.Getenv(folderVariable)
	switch os.Getenv(roleVariable) {
	case "mortal":
		writeUntilKilled(folder)
	case "start":
		if _, _, err := openWriter(folder, smallFile, fewFiles); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	case "full":
		writeWithoutRoom(folder)
	default:
		os.Exit(m.Run())
	}
}

// writeUntilKilled writes as fast as it can.
func writeUntilKilled(folder string) {
	trail := newTrail(folder, smallFile, fewFiles)
	go trail.Run(context.Background())
	for i := 0; ; i++ {
		trail.Add(sample(i))
		if i%100 == 0 {
			time.Sleep(time.Millisecond)
		}
		if i == 200 {
			fmt.Println("writing")
		}
	}
}

// inRole starts this program again in a role.
func inRole(role, folder string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, folderVariable+"="+folder)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestAKillAnywhere holds that a trail whose app is killed at random moments is one
// chain, of which at most the last line is torn, and that the next app goes on with it.
func TestAKillAnywhere(t *testing.T) {
	kills := 10
	if testenv.Long() {
		kills = 200
	}
	folder, torn := t.TempDir(), 0
	var last int64
	for i := range kills {
		cmd := inRole("mortal", folder)
		out, err := cmd.StdoutPipe()
		check(t, err)
		check(t, cmd.Start())
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Errorf("kill %d: it has not begun: %v", i, err)
		}
		<-time.After(rand.N(20 * time.Millisecond))
		check(t, cmd.Process.Kill())
		_ = cmd.Wait() // by the signal
		r := mustScan(t, folder, fewFiles, nil)
		if len(r.Damage) > 0 || r.Last < last {
			t.Fatalf("kill %d: %+v", i, r)
		}
		if last = r.Last; r.Torn > 0 {
			torn++
		}
	}
	t.Logf("%d kills, %d lines, %d torn", kills, last, torn)
	if last == 0 {
		t.Error("nothing was written")
	}
}

// TestAKillBeforeTheFirstLine holds that a trail of which nothing is written yet is whole.
func TestAKillBeforeTheFirstLine(t *testing.T) {
	folder := t.TempDir()
	for range 2 {
		if out, err := inRole("start", folder).Output(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if r := mustScan(t, folder, fewFiles, nil); len(r.Damage) > 0 || r.Lines != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// writeWithoutRoom writes where no file may grow, then where it may.
func writeWithoutRoom(folder string) {
	signal.Ignore(syscall.SIGXFSZ)
	fail := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	until := func(what string, holds func() bool) {
		for limit := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
			if time.Now().After(limit) {
				fail(fmt.Errorf("in vain: %s", what))
			}
		}
	}
	alarms := make(chan string, 100)
	trail := newTrail(folder, 1<<20, keptFiles)
	trail.o.Alarm = func(_ context.Context, what string) { alarms <- what }
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		trail.Run(ctx)
	}()
	trail.Add(sample(0))
	until("the first line", func() bool { return len(trail.Recent()) == 1 })
	var usual unix.Rlimit
	fail(unix.Getrlimit(unix.RLIMIT_FSIZE, &usual))
	fail(unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: usual.Max}))
	for i := range 2 * maxWaiting { // which waits for nothing
		trail.Add(sample(1 + i))
	}
	<-alarms
	until("it says so", func() bool { return trail.Trouble() != "" })
	fail(unix.Setrlimit(unix.RLIMIT_FSIZE, &usual))
	until("it goes on", func() bool { return trail.Trouble() == "" })
	trail.Add(sample(9))
	until("the last line", func() bool { return trail.Recent()[0].Profile == "profile-9" })
	end()
	<-ended
}

// TestFullDisk holds that a disk without room holds nobody up, is said, and that the
// trail goes on when there is room again: whole, with a note of what was lost.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if out, err := inRole("full", folder).Output(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := mustScan(t, folder, keptFiles, nil)
	if len(r.Damage) > 0 || r.Torn > 0 || r.Lines < maxWaiting/2 || len(r.Notes) == 0 || r.Notes[0].Operation != "lost" {
		t.Errorf("%+v", r)
	}
}
