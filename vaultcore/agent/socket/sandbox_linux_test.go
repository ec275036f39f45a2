package socket

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// A program of our user in a user or process namespace of its own is told apart;
// one in a folder, session or mount namespace of its own is one of us.
func TestSandbox(t *testing.T) {
	mapped := []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
	for _, c := range []struct {
		name  string
		flags uintptr
		want  bool
	}{
		{"plain", 0, false},
		{"user namespace", syscall.CLONE_NEWUSER, true},
		{"user and process namespace", syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID, true},
		{"process namespace", syscall.CLONE_NEWPID, true},
		{"mount namespace", syscall.CLONE_NEWNS, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.flags != 0 && c.flags&syscall.CLONE_NEWUSER == 0 {
				testenv.Root(t)
			}
			path := socketPath(t)
			l := listenAt(t, path)
			play(t, "raw", path, func(cmd *exec.Cmd) {
				cmd.SysProcAttr.Cloneflags = c.flags
				if c.flags&syscall.CLONE_NEWUSER != 0 {
					cmd.SysProcAttr.UidMappings = mapped
				}
			})
			if got := Describe(accept(t, l)).Sandbox() != ""; got != c.want {
				t.Errorf("boxed: %t, want %t", got, c.want)
			}
		})
	}
}

// A caller that has ended by the time it is looked at could have been anybody.
func TestSandboxWhenGone(t *testing.T) {
	if sandboxOf(nil, Peer{PID: 1 << 30, UID: os.Getuid()}) == "" || sandboxOf(nil, Peer{PID: 0, UID: os.Getuid()}) == "" {
		t.Error("a process that is not there is one of us")
	}
}

// A caller in a sandbox that has handed its connection on and ended is none of us once a
// program of ours has got its number.
func TestSandboxWhoseNumberIsUsedAgain(t *testing.T) {
	testenv.Root(t)
	if os.Getenv("APART") == "" { // in a space of its own, where nobody else takes numbers
		again := exec.Command("/proc/self/exe", "-test.run=^TestSandboxWhoseNumberIsUsedAgain$", "-test.v")
		again.Env = append(os.Environ(), "APART=1")
		again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
		out, err := again.CombinedOutput()
		testenv.Again(t, out, err)
		return
	}
	must(t, syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	must(t, syscall.Mount("proc", "/proc", "proc", 0, ""))
	path := socketPath(t)
	l := listenAt(t, path)
	for range 20 { // a thread of ours may have got the number
		passes := play(t, "pass", path, func(cmd *exec.Cmd) {
			cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		})
		c := accept(t, l)
		must(t, passes.Wait())
		pid := passes.Process.Pid
		must(t, os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0o600))
		if ours := play(t, "hold", path, nil); ours.Process.Pid != pid {
			continue
		}
		if who := PeerOf(c).PID; who != pid || namespacesOf(strconv.Itoa(pid)) != ownNamespaces() {
			t.Fatalf("the number %d is not that of %d, or not of ours", who, pid)
		}
		if Describe(c).Sandbox() == "" {
			t.Error("the next program with its number vouches for it")
		}
		return
	}
	t.Error("no program of ours got the number")
}

func TestSnapped(t *testing.T) {
	for label, want := range map[string]bool{
		"": false, "unconfined": false, "snap.firefox.firefox (enforce)": true, "snap.code.code (complain)": false,
		"/usr/bin/evince (enforce)": false, "unconfined_u:unconfined_r:unconfined_t:s0": false,
	} {
		if got := snapped(label); got != want {
			t.Errorf("%q: %t", label, got)
		}
	}
}

// BenchmarkSandbox is what the look costs: once a connection.
func BenchmarkSandbox(b *testing.B) {
	path := b.TempDir() + "/run/s"
	l, err := Listen(b.Context(), Location{Socket: path})
	must(b, err)
	defer func() { _ = l.Close() }()
	caller, err := connect(path)
	must(b, err)
	defer func() { _ = caller.Close() }()
	c, err := l.Accept()
	must(b, err)
	for b.Loop() {
		if sandboxOf(c.(*conn).UnixConn, c.(*conn).who) != "" {
			b.Fatal("we are in a sandbox")
		}
	}
}
