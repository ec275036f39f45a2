package socket

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// describe names the process that made a connection. Windows tells the working
// directory and the command line of another process to nobody but a debugger.
func describe(who Peer) (program, dir string) {
	if who.PID <= 0 {
		return "", ""
	}
	table, err := processes()
	if err != nil {
		return "", ""
	}
	return nameOf(who.PID, func(pid int) (process, bool) {
		p, ok := table[pid]
		return p, ok
	}), ""
}

// processes reads the process table.
func processes() (map[int]process, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	table := make(map[int]process)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		table[int(entry.ProcessID)] = process{
			name:   windows.UTF16ToString(entry.ExeFile[:]),
			parent: int(entry.ParentProcessID),
		}
	}
	return table, nil
}
