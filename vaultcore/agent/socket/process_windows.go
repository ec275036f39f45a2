package socket

import (
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/vaultbar/vaultbar/vaultcore"
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
	return nameOf(who.PID, table.look), ""
}

// chain lists the processes that lead to a connection.
func chain(who Peer) vaultcore.Chain {
	if who.PID <= 0 {
		return nil
	}
	before, err := processes()
	if err != nil {
		return nil
	}
	found := chainOf(who.PID, before.look)
	after, err := processes()
	if err != nil || !unchanged(found, after.look) {
		return nil
	}
	return found
}

// processTable is what runs, by number.
type processTable map[int]process

// look finds a process, and when it began.
func (t processTable) look(pid int) (process, bool) {
	p, ok := t[pid]
	if !ok {
		return p, false
	}
	handle, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return p, true // of another user: it has a name, and that is all
	}
	defer func() { _ = windows.CloseHandle(handle) }()
	p.started = beganAt(handle)
	path := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(path))
	if windows.QueryFullProcessImageName(handle, 0, &path[0], &size) == nil {
		p.file = func() string { return windows.UTF16ToString(path[:size]) }
		p.ours = func() bool { return isCommand(p.file()) }
	}
	return p, true
}

// isCommand says whether an executable is the vaultbar command: the one beside our own.
func isCommand(path string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	beside, err := os.Stat(filepath.Join(filepath.Dir(self), "vaultbar.exe"))
	if err != nil {
		return false
	}
	exe, err := os.Stat(path)
	return err == nil && os.SameFile(beside, exe)
}

// startOf is when a process began, 0 for one that is gone or that cannot be looked at.
func startOf(pid int) uint64 {
	handle, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return 0
	}
	defer func() { _ = windows.CloseHandle(handle) }()
	var code uint32
	if windows.GetExitCodeProcess(handle, &code) == nil && code != stillActive {
		return 0
	}
	return beganAt(handle)
}

// stillActive is STILL_ACTIVE, the exit code of a process that runs.
const stillActive = 259

func beganAt(process windows.Handle) uint64 {
	var began, ended, kernel, user windows.Filetime
	if windows.GetProcessTimes(process, &began, &ended, &kernel, &user) != nil {
		return 0
	}
	return uint64(began.Nanoseconds())
}

// executable is the file of a program, which Windows lets nobody replace while it runs.
func executable(_ int, path string) string { return path }

// inside is where a file is read as a process sees it.
func inside(_ int, path string) string { return path }

// processes reads the process table.
func processes() (processTable, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	table := make(processTable)
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
