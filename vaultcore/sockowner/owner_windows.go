package sockowner

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Ours says whether the process at the other end of a connection runs as our
// user.
func Ours(client, server netip.AddrPort) bool {
	table, err := tcpTable(windows.AF_INET, ownerPIDConnections)
	if err != nil {
		return false
	}
	pid, ok := findProcess(table, client, server)
	if !ok {
		return false
	}
	theirs, err := userOf(pid)
	if err != nil {
		return false
	}
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && theirs.User.Sid.Equals(own.User.Sid)
}

// The layout of iprtrmib.h: MIB_TCPTABLE_OWNER_PID and its rows.
const (
	ownerPIDConnections = 4 // TCP_TABLE_OWNER_PID_CONNECTIONS
	established         = 5 // MIB_TCP_STATE_ESTAB

	rowLocalIP    = 4
	rowLocalPort  = 8
	rowRemoteIP   = 12
	rowRemotePort = 16
	rowPID        = 20
	rowLength     = 24
)

// tcpTable reads a table of sockets. It may grow while it is read.
func tcpTable(family, sockets uint32) ([]byte, error) {
	getTable := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedTcpTable")
	if err := getTable.Find(); err != nil {
		return nil, err
	}
	size := uint32(16 << 10)
	for {
		table := make([]byte, size)
		code, _, _ := getTable.Call(uintptr(unsafe.Pointer(&table[0])), uintptr(unsafe.Pointer(&size)), 0,
			uintptr(family), uintptr(sockets), 0)
		switch {
		case code == 0:
			return table, nil
		case windows.Errno(code) != windows.ERROR_INSUFFICIENT_BUFFER || size > 64<<20:
			return nil, windows.Errno(code)
		}
		size += 4 << 10
	}
}

// findProcess returns the process of the socket whose own address is client.
func findProcess(table []byte, client, server netip.AddrPort) (pid uint32, ok bool) {
	if len(table) < 4 {
		return 0, false
	}
	rows := binary.NativeEndian.Uint32(table)
	rest := table[4:]
	for ; rows > 0 && len(rest) >= rowLength; rows-- {
		row := rest[:rowLength]
		rest = rest[rowLength:]
		if binary.NativeEndian.Uint32(row) == established &&
			holds(row[rowLocalIP:], row[rowLocalPort:], client) && holds(row[rowRemoteIP:], row[rowRemotePort:], server) {
			return binary.NativeEndian.Uint32(row[rowPID:]), true
		}
	}
	return 0, false
}

// holds compares an address and a port, both in network order.
func holds(ip, port []byte, at netip.AddrPort) bool {
	return slices.Equal(ip[:4], at.Addr().AsSlice()) && binary.BigEndian.Uint16(port) == at.Port()
}

// userOf is whom a process runs as.
func userOf(pid uint32) (*windows.Tokenuser, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return nil, err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return nil, err
	}
	defer func() { _ = token.Close() }()
	return token.GetTokenUser()
}
