package sockowner

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// record is one record of the table, padded.
func record(kind uint32, length int, fill func([]byte)) []byte {
	b := make([]byte, (length+7)&^7)
	binary.NativeEndian.PutUint32(b, uint32(length))
	binary.NativeEndian.PutUint32(b[4:], kind)
	if fill != nil {
		fill(b)
	}
	return b
}

func TestFindSocket(t *testing.T) {
	client, server := netip.MustParseAddrPort("127.0.0.1:50000"), netip.MustParseAddrPort("127.0.0.1:4711")
	connection := func(local, foreign netip.AddrPort, uid uint32) []byte {
		b := record(kindPCB, 104, func(b []byte) {
			binary.BigEndian.PutUint16(b[pcbLocalPort:], local.Port())
			binary.BigEndian.PutUint16(b[pcbForeignPort:], foreign.Port())
			copy(b[pcbLocalIP4:], local.Addr().AsSlice())
			copy(b[pcbForeignIP4:], foreign.Addr().AsSlice())
		})
		b = append(b, record(kindSocket, 92, func(b []byte) { binary.NativeEndian.PutUint32(b[socketUID:], uid) })...)
		return append(b, record(0x020, 204, nil)...)
	}
	head := record(2, 24, nil)
	table := append(append(append([]byte(nil), head...), connection(server, client, 7)...), connection(client, server, 501)...)
	table = append(table, head...)
	if uid, ok := findSocket(table, client, server); !ok || uid != 501 {
		t.Errorf("%d, %v", uid, ok)
	}
	if uid, ok := findSocket(table, netip.MustParseAddrPort("127.0.0.1:50001"), server); ok {
		t.Errorf("found one of %d", uid)
	}
	for length := range table {
		findSocket(table[:length], client, server) // whatever is cut off
	}
}
