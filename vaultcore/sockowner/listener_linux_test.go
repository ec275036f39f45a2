package sockowner

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func TestServes(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"} {
		listener, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("no %s here: %v", at, err)
			continue
		}
		port := addrPort(listener.Addr()).Port()
		reached := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
		if at == "[::1]:0" {
			reached = netip.AddrPortFrom(netip.IPv6Loopback(), port)
		}
		if err := Serves(reached); err != nil {
			t.Errorf("our listener at %s: %v", listener.Addr(), err)
		}
		if err := Serves(netip.AddrPortFrom(netip.AddrFrom16(reached.Addr().As16()), port)); err != nil {
			t.Errorf("our listener at %s, mapped: %v", listener.Addr(), err)
		}
		_ = listener.Close()
		if err := Serves(reached); !errors.Is(err, ErrOthers) {
			t.Errorf("nobody at %s: %v", listener.Addr(), err)
		}
	}
	if err := Serves(netip.MustParseAddrPort("192.0.2.1:443")); !errors.Is(err, ErrOthers) {
		t.Errorf("another machine: %v", err)
	}
}

// Both ways to ask find the same listeners.
func TestBothWaysToAskForListeners(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for name, look := range map[string]func(netip.AddrPort) ([]uint32, error){"netlink": askListeners, "tables": readListeners} {
		if uids, err := look(addrPort(listener.Addr())); err != nil || len(uids) != 1 || int(uids[0]) != os.Getuid() {
			t.Errorf("%s: %v, %v", name, uids, err)
		}
		if uids, err := look(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), addrPort(listener.Addr()).Port())); err != nil || len(uids) != 0 {
			t.Errorf("%s, another address: %v, %v", name, uids, err)
		}
	}
}

// TestMain is, in another user's process, that user's listener.
func TestMain(m *testing.M) {
	if os.Getenv("SOCKOWNER_TEST_LISTENS") == "" {
		os.Exit(m.Run())
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(listener.Addr().String() + "\n")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the test is over
}

// Another user's listener is not ours; only root can make one.
func TestAnotherUserServes(t *testing.T) {
	testenv.Root(t)
	dir, err := os.MkdirTemp("/tmp", "vb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "listener")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(program, text, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "SOCKOWNER_TEST_LISTENS=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = stdin.Close(), cmd.Wait() }()
	line := make([]byte, 64)
	n, err := stdout.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := Serves(netip.MustParseAddrPort(strings.TrimSpace(string(line[:n])))); !errors.Is(err, ErrOthers) {
		t.Errorf("another user's listener: %v", err)
	}
}
