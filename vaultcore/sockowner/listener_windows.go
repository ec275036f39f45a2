package sockowner

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/windows"
)

// The layout of iprtrmib.h: rows of MIB_TCP6TABLE_OWNER_PID, and which sockets a
// table has.
const (
	ownerPIDListener = 3 // TCP_TABLE_OWNER_PID_LISTENER

	row6LocalPort = 20
	row6PID       = 52
	row6Length    = 56

	systemPID = 4 // the kernel's own process, which has no token to look at
)

// listeners says of each process that listens at the port of an address whether
// it runs as our user or as the system. At which of the machine's addresses is
// not looked at: what another user has at the same port may be in the way.
func listeners(at netip.AddrPort) ([]bool, error) {
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	var owners []bool
	for _, family := range []struct {
		family         uint32
		port, pid, row int
	}{{windows.AF_INET, rowLocalPort, rowPID, rowLength}, {windows.AF_INET6, row6LocalPort, row6PID, row6Length}} {
		table, err := tcpTable(family.family, ownerPIDListener)
		if err != nil {
			return nil, err
		}
		for _, pid := range findListeners(table, at.Port(), family.port, family.pid, family.row) {
			owners = append(owners, pid == systemPID || runsAs(pid, own))
		}
	}
	return owners, nil
}

// runsAs says whether a process runs as our user or as the system.
func runsAs(pid uint32, own *windows.Tokenuser) bool {
	theirs, err := userOf(pid)
	if err != nil {
		return false
	}
	return theirs.User.Sid.Equals(own.User.Sid) || theirs.User.Sid.IsWellKnown(windows.WinLocalSystemSid)
}

// findListeners returns the processes of the rows with this local port.
func findListeners(table []byte, port uint16, portAt, pidAt, row int) []uint32 {
	if len(table) < 4 {
		return nil
	}
	var pids []uint32
	rows := binary.NativeEndian.Uint32(table)
	rest := table[4:]
	for ; rows > 0 && len(rest) >= row; rows-- {
		if binary.BigEndian.Uint16(rest[portAt:]) == port {
			pids = append(pids, binary.NativeEndian.Uint32(rest[pidAt:]))
		}
		rest = rest[row:]
	}
	return pids
}
