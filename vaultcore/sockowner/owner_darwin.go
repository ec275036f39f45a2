package sockowner

import (
	"encoding/binary"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// Ours says whether the socket at the other end of a connection belongs to our
// user.
func Ours(client, server netip.AddrPort) bool {
	table, err := unix.SysctlRaw("net.inet.tcp.pcblist_n")
	if err != nil {
		return false
	}
	uid, ok := findSocket(table, client, server)
	return ok && int64(uid) == int64(os.Getuid())
}

// The layout of xnu's bsd/netinet/in_pcb.h and bsd/sys/socketvar.h: a head,
// then for each connection some records, each with its length and kind, each
// padded to 8 bytes. The one of the addresses comes before that of the socket.
const (
	kindSocket = 0x001 // XSO_SOCKET, struct xsocket_n
	kindPCB    = 0x010 // XSO_INPCB, struct xinpcb_n

	pcbForeignPort = 16
	pcbLocalPort   = 18
	pcbForeignIP4  = 60
	pcbLocalIP4    = 76
	pcbLength      = 80

	socketUID    = 64
	socketLength = 68
)

// findSocket returns the uid of the socket whose own address is client.
func findSocket(table []byte, client, server netip.AddrPort) (uint32, bool) {
	if len(table) < 8 {
		return 0, false
	}
	rest := table[min(padded(table), len(table)):]
	found := false
	for len(rest) >= 8 {
		length, kind := padded(rest), binary.NativeEndian.Uint32(rest[4:])
		if length < 8 || length > len(rest) {
			return 0, false
		}
		record := rest[:length]
		rest = rest[length:]
		switch {
		case kind == kindPCB:
			found = length >= pcbLength && matches(record, client, server)
		case kind == kindSocket && found && length >= socketLength:
			return binary.NativeEndian.Uint32(record[socketUID:]), true
		}
	}
	return 0, false
}

// padded is the length of a record, rounded up.
func padded(record []byte) int {
	return int((uint64(binary.NativeEndian.Uint32(record)) + 7) &^ 7)
}

func matches(pcb []byte, client, server netip.AddrPort) bool {
	return binary.BigEndian.Uint16(pcb[pcbLocalPort:]) == client.Port() &&
		binary.BigEndian.Uint16(pcb[pcbForeignPort:]) == server.Port() &&
		slices.Equal(pcb[pcbLocalIP4:pcbLocalIP4+4], client.Addr().AsSlice()) &&
		slices.Equal(pcb[pcbForeignIP4:pcbForeignIP4+4], server.Addr().AsSlice())
}
