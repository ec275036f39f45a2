//go:build unix

package login

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// noRoom is the variable of the process in which no file can grow.
const noRoom = "VAULTBAR_TEST_NO_ROOM"

// TestNoRoom: a refreshed sign-in that cannot be written is used all the same, refreshed
// again, and written as soon as there is room; what is cached stays whole meanwhile.
func TestNoRoom(t *testing.T) {
	if os.Getenv(noRoom) == "" { // what go test writes of this process must have room
		child := exec.Command(os.Args[0], "-test.run=^TestNoRoom$")
		child.Env = append(os.Environ(), noRoom+"=yes")
		if out, err := child.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	d := newFixture(t)
	s := d.source()
	d.run(s)
	before, asked := d.entry(), d.asks()
	withoutRoom(t, func() {
		handed := map[string]bool{before.Credentials.AccessKeyID: true}
		for range 3 {
			handed[d.run(s).AccessKeyID] = true
		}
		if len(handed) != 4 {
			t.Errorf("%d different credentials", len(handed))
		}
		if got := d.entry().Text().Reveal(); got != before.Text().Reveal() {
			t.Errorf("%d cached bytes became %d", len(before.Text().Reveal()), len(got))
		}
	})
	d.run(s)
	if d.entry().same(before) {
		t.Error("with room it is not written")
	}
	d.run(d.source())
	if n := d.asks(); n != asked {
		t.Errorf("a person was asked %d times", n-asked)
	}
}

// withoutRoom has no file of this process grow during a call.
func withoutRoom(t *testing.T, do func()) {
	t.Helper()
	var usual unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	none := usual
	none.Cur = 0
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &none); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &usual); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}
