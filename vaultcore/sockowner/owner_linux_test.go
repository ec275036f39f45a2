package sockowner

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pair is a connection on this machine, and its addresses as the server sees them.
func pair(t testing.TB) (client, server netip.AddrPort) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _, _ = conn.Close(), accepted.Close(), listener.Close()
	})
	return addrPort(accepted.RemoteAddr()), addrPort(accepted.LocalAddr())
}

var lookups = map[string]func(client, server netip.AddrPort) (uint32, error){
	"netlink": func(client, server netip.AddrPort) (uint32, error) {
		socket, err := askKernel(client, server)
		return socket.uid, err
	},
	"tables": readTables,
}

// Both ways to ask find the client's socket, and neither finds one that is not
// there, that listens, or that was closed.
func TestBothWaysToAsk(t *testing.T) {
	client, server := pair(t)
	nobodys := netip.AddrPortFrom(client.Addr(), client.Port()^1)
	for name, look := range lookups {
		if uid, err := look(client, server); err != nil || int(uid) != os.Getuid() {
			t.Errorf("%s: %d, %v", name, uid, err)
		}
		if uid, err := look(server, client); err != nil || int(uid) != os.Getuid() {
			t.Errorf("%s, the other end: %d, %v", name, uid, err)
		}
		for _, wrong := range [][2]netip.AddrPort{{nobodys, server}, {client, nobodys}, {client, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), server.Port())}, {server, nobodys}} {
			if uid, err := look(wrong[0], wrong[1]); err == nil {
				t.Errorf("%s found %v of %d", name, wrong, uid)
			}
		}
	}
	if !Ours(client, server) || Ours(nobodys, server) {
		t.Error("who is ours is told wrongly")
	}
}

// A socket of IPv6 that speaks IPv4 is found too.
func TestMappedSocket(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	server := addrPort(listener.Addr())
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Connect(fd, &unix.SockaddrInet6{Port: int(server.Port()), Addr: netip.AddrFrom16(server.Addr().As16()).As16()}); err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = accepted.Close() }()
	for name, look := range lookups {
		if uid, err := look(addrPort(accepted.RemoteAddr()), server); err != nil || int(uid) != os.Getuid() {
			t.Errorf("%s: %d, %v", name, uid, err)
		}
	}
}

// A client that has closed its socket is nobody: the kernel tells what is left
// of it to be root's.
func TestClosedSocketIsNobodys(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = accepted.Close() }()
	_ = conn.Close()
	_, _ = accepted.Read(make([]byte, 1)) // until the end has arrived
	client, server := addrPort(accepted.RemoteAddr()), addrPort(accepted.LocalAddr())
	for name, look := range lookups {
		if uid, err := look(client, server); err == nil {
			t.Errorf("%s: a closed socket is of %d", name, uid)
		}
	}
	if Ours(client, server) {
		t.Error("a closed socket is ours")
	}
}

func TestFindRow(t *testing.T) {
	client, server := netip.MustParseAddrPort("127.0.0.1:50000"), netip.MustParseAddrPort("127.0.0.1:4711")
	local, remote := tableAddress(client, false), tableAddress(server, false)
	row := func(local, remote, state, uid, inode string) string {
		return fmt.Sprintf("   1: %s %s %s 00000000:00000000 00:00000000 00000000  %s        0 %s 1 0 20 4 30 10 -1\n", local, remote, state, uid, inode)
	}
	head := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	cases := map[string]struct {
		table string
		uid   uint32
		found bool
	}{
		"there":       {head + row(remote, local, "01", "7", "9") + row(local, remote, "01", "1000", "9"), 1000, true},
		"other end":   {head + row(remote, local, "01", "7", "9"), 0, false},
		"time wait":   {head + row(local, remote, "06", "0", "0"), 0, false},
		"no inode":    {head + row(local, remote, "01", "0", "0"), 0, false},
		"no number":   {head + row(local, remote, "01", "x", "9"), 0, false},
		"too large":   {head + row(local, remote, "01", "4294967296", "9"), 0, false},
		"cut off":     {head + row(local, remote, "01", "1000", "9")[:40], 0, false},
		"empty":       {"", 0, false},
		"endless row": {head + strings.Repeat("x", 1<<20), 0, false},
	}
	for name, c := range cases {
		if uid, err := findRow(strings.NewReader(c.table), local, remote); (err == nil) != c.found || c.found && uid != c.uid {
			t.Errorf("%s: %d, %v", name, uid, err)
		}
	}
}

func TestDiagAnswers(t *testing.T) {
	good := make([]byte, diagReply)
	binary.NativeEndian.PutUint16(good[4:], unix.SOCK_DIAG_BY_FAMILY)
	good[idState] = established
	binary.NativeEndian.PutUint32(good[idUID:], 1000)
	binary.NativeEndian.PutUint32(good[idInode:], 5)
	if socket, err := diagAnswer(good); err != nil || socket.uid != 1000 {
		t.Errorf("%+v, %v", socket, err)
	}
	changed := func(change func([]byte)) []byte {
		b := slices.Clone(good)
		change(b)
		return b
	}
	for name, b := range map[string][]byte{
		"error":    changed(func(b []byte) { binary.NativeEndian.PutUint16(b[4:], unix.NLMSG_ERROR) }),
		"waiting":  changed(func(b []byte) { b[idState] = 6 }),
		"listens":  changed(func(b []byte) { b[idState] = 10 }),
		"no inode": changed(func(b []byte) { binary.NativeEndian.PutUint32(b[idInode:], 0) }),
		"cut off":  good[:diagReply-1],
		"nothing":  nil,
	} {
		if socket, err := diagAnswer(b); err == nil {
			t.Errorf("%s: %+v", name, socket)
		}
	}
}

func BenchmarkOurs(b *testing.B) {
	client, server := pair(b)
	for b.Loop() {
		if !Ours(client, server) {
			b.Fatal("not ours")
		}
	}
}

// addrPort is where one end of a connection is.
func addrPort(addr net.Addr) netip.AddrPort {
	at := addr.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
