package socket

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// person looks at /proc. What it finds counts only if the very process that made
// the connection was there all the time.
func person(c *net.UnixConn, who Peer) bool {
	if who.PID <= 0 {
		return false
	}
	still, release := watch(c)
	defer release()
	found := sittingOf(who.PID)
	return still() && found.person()
}

// sittingOf finds what /proc tells of a process's terminal.
func sittingOf(pid int) sitting {
	folder := procFolder(pid)
	at, ok := readStat(pid)
	if !ok || at.tty == 0 || inOtherSpace(pid) {
		return sitting{}
	}
	found := sitting{command: runsCommand(folder), foreground: at.group == at.foreground}
	if !found.command || !found.foreground {
		return found
	}
	found.session = lineOf(at.session)
	if index, ok := pseudo(at.tty); ok && !signedIn(found.session) {
		found.masters = mastersOf(index)
	}
	return found
}

// pseudo returns the number of a pseudo-terminal, as the kernel packs it into one
// with the major number.
func pseudo(tty int) (index int, ok bool) {
	const first, last = 136, 143
	major := tty >> 8 & 0xfff
	return tty&0xff | tty>>12&0xfff00, major >= first && major <= last
}

func runsCommand(folder string) bool {
	name, err := os.Readlink(folder + "/exe")
	if err != nil {
		return false
	}
	exe, err := os.Stat(folder + "/exe")
	return err == nil && isCommand(filepath.Base(strings.TrimSuffix(name, " (deleted)")), exe)
}

// lineOf are the two processes above the leader of a session. An orphan is the
// child of process 1, which has not begun its session.
func lineOf(leader int) []parent {
	var line []parent
	for pid := leader; len(line) < 2; {
		at, ok := readStat(pid)
		if !ok || at.parent <= 1 {
			return line
		}
		above, ok := readStat(at.parent)
		if !ok {
			return line
		}
		line = append(line, parent{above.name, runsAsRoot(at.parent)})
		pid = at.parent
	}
	return line
}

// runsAsRoot reads the user of a process from where it says so even of one that
// may not be looked into.
func runsAsRoot(pid int) bool {
	text, err := os.ReadFile(procFolder(pid) + "/status")
	if err != nil {
		return false
	}
	for line := range bytes.Lines(text) {
		if ids, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			fields := strings.Fields(string(ids))
			return len(fields) >= 2 && fields[0] == "0" && fields[1] == "0"
		}
	}
	return false
}

// mastersOf are the processes that hold the other side of a pseudo-terminal, of
// those that may be looked into.
func mastersOf(index int) []parent {
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	var found []parent
	for _, folder := range folders {
		if !holdsMaster(folder, index) {
			continue
		}
		name, _ := os.Readlink(folder + "/exe")
		exe, err := os.Stat(folder + "/exe")
		found = append(found, parent{filepath.Base(name), err == nil && rootOwned(exe)})
	}
	return found
}

// holdsMaster says whether a process has the other side of a pseudo-terminal open.
func holdsMaster(folder string, index int) bool {
	descriptors, err := os.ReadDir(folder + "/fd")
	if err != nil {
		return false
	}
	for _, fd := range descriptors {
		to, err := os.Readlink(folder + "/fd/" + fd.Name())
		if err != nil || to != "/dev/ptmx" && to != "/dev/pts/ptmx" {
			continue
		}
		text, err := os.ReadFile(folder + "/fdinfo/" + fd.Name())
		if err == nil && ttyIndex(text) == index {
			return true
		}
	}
	return false
}

// ttyIndex reads the number of a pseudo-terminal from what /proc tells of its
// other side; -1 when it does not say.
func ttyIndex(info []byte) int {
	for line := range bytes.Lines(info) {
		if text, ok := bytes.CutPrefix(line, []byte("tty-index:")); ok {
			if index, err := strconv.Atoi(string(bytes.TrimSpace(text))); err == nil {
				return index
			}
		}
	}
	return -1
}
