package sockowner

import (
	"encoding/binary"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// listeners says of each socket that has the port of an address and no peer
// whether it is ours or root's. Which of the machine's addresses it listens at is
// not looked at: what another user has at the same port may be in the way.
func listeners(at netip.AddrPort) ([]bool, error) {
	table, err := unix.SysctlRaw("net.inet.tcp.pcblist_n")
	if err != nil {
		return nil, err
	}
	var owners []bool
	for _, uid := range findListeners(table, at.Port()) {
		owners = append(owners, uid == 0 || int64(uid) == int64(os.Getuid()))
	}
	return owners, nil
}

// findListeners returns the uids of the sockets with this port and no peer.
func findListeners(table []byte, port uint16) []uint32 {
	if len(table) < 8 {
		return nil
	}
	var uids []uint32
	rest := table[min(padded(table), len(table)):]
	found := false
	for len(rest) >= 8 {
		length, kind := padded(rest), binary.NativeEndian.Uint32(rest[4:])
		if length < 8 || length > len(rest) {
			return uids
		}
		record := rest[:length]
		rest = rest[length:]
		switch {
		case kind == kindPCB:
			found = length >= pcbLength && binary.BigEndian.Uint16(record[pcbLocalPort:]) == port &&
				binary.BigEndian.Uint16(record[pcbForeignPort:]) == 0
		case kind == kindSocket && found && length >= socketLength:
			uids = append(uids, binary.NativeEndian.Uint32(record[socketUID:]))
			found = false
		}
	}
	return uids
}
