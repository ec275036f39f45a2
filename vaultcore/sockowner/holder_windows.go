package sockowner

import (
	"net/netip"

	"golang.org/x/sys/windows"
)

// Holders is the program that has the other end of a connection open. known says
// whether the system tells.
func Holders(client, server netip.AddrPort) (all []Program, known bool) {
	table, err := tcpTable(windows.AF_INET, ownerPIDConnections)
	if err != nil {
		return nil, false
	}
	pid, ok := findProcess(table, client, server)
	if !ok {
		return nil, false
	}
	path, err := imageOf(pid)
	if err != nil {
		return nil, false
	}
	return []Program{{Path: path}}, true
}

// imageOf is the file that a process runs.
func imageOf(pid uint32) (string, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return "", err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	name := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(name))
	if err := windows.QueryFullProcessImageName(process, 0, &name[0], &size); err != nil {
		return "", err
	}
	return windows.UTF16ToString(name[:size]), nil
}
