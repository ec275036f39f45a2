package socket

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// describe names the process that made a connection. Windows tells the working
// directory of another process to nobody but a debugger.
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
		pid := entry.ProcessID
		table[int(pid)] = process{
			name:   windows.UTF16ToString(entry.ExeFile[:]),
			parent: int(entry.ParentProcessID),
			args:   func() []string { return commandLine(pid) },
		}
	}
	return table, nil
}

// longestLine is the most that a command line can be, and what stands before it.
const longestLine = 64<<10 + 64

// commandLine is the command line of a process of ours; nil where it cannot be read.
func commandLine(pid uint32) []string {
	handle, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return nil
	}
	defer func() { _ = windows.CloseHandle(handle) }()
	room := make([]uint64, longestLine/8) // in words, so that the pointer in it is aligned
	var used uint32
	err = windows.NtQueryInformationProcess(handle, windows.ProcessCommandLineInformation, unsafe.Pointer(&room[0]), longestLine, &used)
	if err != nil {
		return nil
	}
	line := (*windows.NTUnicodeString)(unsafe.Pointer(&room[0])).String()
	runtime.KeepAlive(room)
	args, err := windows.DecomposeCommandLine(line)
	if err != nil {
		return nil
	}
	return args
}
