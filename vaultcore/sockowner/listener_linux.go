package sockowner

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// listeners says of each socket that listens at an address, or at all of this
// machine's, whether it is ours or root's. Kernels without inet_diag are asked by
// their tables, for which they walk through all connections.
func listeners(at netip.AddrPort) ([]bool, error) {
	uids, err := askListeners(at)
	if err != nil {
		uids, err = readListeners(at)
	}
	var owners []bool
	for _, uid := range uids {
		owners = append(owners, uid == 0 || int64(uid) == int64(os.Getuid()))
	}
	return owners, err
}

const (
	listening = 10 // TCP_LISTEN
	idPort    = 16 + 4
	idAddress = 16 + 8
)

// askListeners has the kernel list what listens, of both families.
func askListeners(at netip.AddrPort) ([]uint32, error) {
	var uids []uint32
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		err := dump(family, 1<<listening, func(b []byte) {
			if binary.BigEndian.Uint16(b[idPort:]) != at.Port() {
				return
			}
			local := netip.AddrFrom4([4]byte(b[idAddress:]))
			if family == unix.AF_INET6 {
				local = netip.AddrFrom16([16]byte(b[idAddress:])).Unmap()
			}
			if local == at.Addr() || local.IsUnspecified() {
				uids = append(uids, binary.NativeEndian.Uint32(b[idUID:]))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return uids, nil
}

// dump calls found with each inet_diag_msg, its nlmsghdr before it, of the sockets
// in some states.
func dump(family byte, states uint32, found func([]byte)) error {
	question := make([]byte, diagRequest)
	binary.NativeEndian.PutUint32(question[0:], diagRequest)
	binary.NativeEndian.PutUint16(question[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(question[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	question[16], question[17] = family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(question[20:], states)
	fd, err := ask(question)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	reply := make([]byte, 32<<10)
	for {
		n, err := answer(fd, reply)
		if err != nil {
			return err
		}
		for rest := reply[:n]; len(rest) >= unix.SizeofNlMsghdr; {
			length, kind := int(binary.NativeEndian.Uint32(rest)), binary.NativeEndian.Uint16(rest[4:])
			switch {
			case kind == unix.NLMSG_DONE:
				return nil
			case kind != unix.SOCK_DIAG_BY_FAMILY || length < diagReply || length > len(rest):
				return errNoSocket
			}
			found(rest[:length])
			rest = rest[min((length+3)&^3, len(rest)):]
		}
	}
}

// readListeners looks in the kernel's tables.
func readListeners(at netip.AddrPort) ([]uint32, error) {
	var all []uint32
	var failed error
	for name, local := range map[string][]string{
		"/proc/net/tcp": localAddresses(at, false), "/proc/net/tcp6": localAddresses(at, true),
	} {
		file, err := os.Open(name)
		if err != nil {
			failed = err
			continue // a kernel without IPv6 has no second table
		}
		uids, err := findListeners(file, local)
		_ = file.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, uids...)
	}
	if len(all) == 0 {
		return nil, failed
	}
	return all, nil
}

// localAddresses are the addresses, as a table has them, of sockets that take
// connections to at.
func localAddresses(at netip.AddrPort, six bool) []string {
	any4, any6 := netip.AddrPortFrom(netip.IPv4Unspecified(), at.Port()), netip.AddrPortFrom(netip.IPv6Unspecified(), at.Port())
	switch {
	case at.Addr().Is4() && !six:
		return []string{tableAddress(at, false), tableAddress(any4, false)}
	case six:
		return []string{tableAddress(at, true), tableAddress(any6, true), tableAddress(any4, true)}
	default:
		return nil
	}
}

// findListeners reads rows as [findRow] does, of sockets that listen.
func findListeners(table io.Reader, local []string) ([]uint32, error) {
	var uids []uint32
	rows := bufio.NewScanner(table)
	for rows.Scan() {
		f := strings.Fields(rows.Text())
		if len(f) < 10 || f[3] != "0A" || !slices.Contains(local, f[1]) {
			continue
		}
		uid, err := strconv.ParseUint(f[7], 10, 32)
		if err != nil {
			return nil, err
		}
		uids = append(uids, uint32(uid))
	}
	return uids, rows.Err()
}
