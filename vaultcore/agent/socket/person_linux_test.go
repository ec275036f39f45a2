package socket

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPseudo: a pseudo-terminal's number is taken out of the one that the kernel
// packs with the major number.
func TestPseudo(t *testing.T) {
	for tty, want := range map[int]int{
		136 << 8: 0, 136<<8 | 7: 7, 137<<8 | 255: 255, 136<<8 | 0x2c | 1<<20: 0x12c,
		0: -1, 4<<8 | 1: -1, 4<<8 | 64: -1, 144 << 8: -1,
	} {
		index, ok := pseudo(tty)
		if ok != (want >= 0) || ok && index != want {
			t.Errorf("%#x is %d, %t; want %d", tty, index, ok, want)
		}
	}
}

func TestTTYIndex(t *testing.T) {
	for text, want := range map[string]int{
		"pos:\t0\nflags:\t02100002\nmnt_id:\t14\nino:\t9\ntty-index:\t12\n": 12,
		"pos:\t0\nflags:\t02\n": -1, "tty-index:\tx\n": -1, "": -1,
	} {
		if got := ttyIndex([]byte(text)); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// TestNobodySitsHere: of a process that is not the command nothing is believed,
// and of one that is gone neither.
func TestNobodySitsHere(t *testing.T) {
	for _, pid := range []int{os.Getpid(), 1, 1 << 30} {
		if sittingOf(pid).person() {
			t.Errorf("a person sits at process %d", pid)
		}
	}
	// Of a session that began outside of this process id namespace, the kernel says 0.
	session, err := unix.Getsid(0)
	us, ok := readStat(os.Getpid())
	if !ok || err != nil || us.parent != os.Getppid() || us.group != unix.Getpgrp() || us.session != session {
		t.Errorf("%+v, %t; want session %d, %v", us, ok, session, err)
	}
}
