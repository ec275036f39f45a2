package sockowner

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

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
