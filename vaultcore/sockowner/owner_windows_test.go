package sockowner

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
)

// TestOurs: the system names the process that has connected to us. Wine does once that
// has sent something.
func TestOurs(t *testing.T) {
	listener := listen(t)
	conn, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	client, server := netip.MustParseAddrPort(conn.LocalAddr().String()), netip.MustParseAddrPort(conn.RemoteAddr().String())
	if !Ours(client, server) {
		t.Error("our own connection is another's")
	}
	if Ours(netip.AddrPortFrom(client.Addr(), client.Port()^1), server) {
		t.Error("nobody's connection is ours")
	}
}

// TestServes: the system names the process that listens.
func TestServes(t *testing.T) {
	listener := listen(t)
	at := netip.MustParseAddrPort(listener.Addr().String())
	if err := Serves(at); err != nil {
		t.Error(err)
	}
	_ = listener.Close()
	if Serves(at) == nil {
		t.Error("a closed port is served")
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func TestFindProcess(t *testing.T) {
	client, server := netip.MustParseAddrPort("127.0.0.1:50000"), netip.MustParseAddrPort("127.0.0.1:4711")
	row := func(state uint32, local, remote netip.AddrPort, pid uint32) []byte {
		b := make([]byte, rowLength)
		binary.NativeEndian.PutUint32(b, state)
		copy(b[rowLocalIP:], local.Addr().AsSlice())
		binary.BigEndian.PutUint16(b[rowLocalPort:], local.Port())
		copy(b[rowRemoteIP:], remote.Addr().AsSlice())
		binary.BigEndian.PutUint16(b[rowRemotePort:], remote.Port())
		binary.NativeEndian.PutUint32(b[rowPID:], pid)
		return b
	}
	table := binary.NativeEndian.AppendUint32(nil, 3)
	for _, r := range [][]byte{row(established, server, client, 7), row(11, client, server, 8), row(established, client, server, 9)} {
		table = append(table, r...)
	}
	if pid, ok := findProcess(table, client, server); !ok || pid != 9 {
		t.Errorf("%d, %v", pid, ok)
	}
	if pid, ok := findProcess(table, server, netip.MustParseAddrPort("127.0.0.1:1")); ok {
		t.Errorf("found process %d", pid)
	}
	for length := range table {
		findProcess(table[:length], client, server) // whatever is cut off
	}
}
