package socket

import (
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// person looks at the process table. Of the windows of other programs macOS tells
// too little, and anybody may start a login of their own: only who came in by ssh
// is asked at the terminal, all others on the screen.
func person(_ *net.UnixConn, who Peer) bool {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", who.PID)
	if err != nil || info.Eproc.Tdev == -1 {
		return false
	}
	found := sitting{command: runsCommand(who.PID), foreground: info.Eproc.Pgid == info.Eproc.Tpgid}
	for pid := int(info.Eproc.Ppid); pid > 1 && len(found.session) < 2; {
		above, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
		if err != nil {
			break
		}
		if above.Eproc.Tdev != info.Eproc.Tdev {
			name := unix.ByteSliceToString(above.Proc.P_comm[:])
			if name == "login" {
				return false
			}
			found.session = append(found.session, parent{name, above.Eproc.Ucred.Uid == 0})
		}
		pid = int(above.Eproc.Ppid)
	}
	return found.person()
}

// runsCommand says whether a process runs the vaultbar command.
func runsCommand(pid int) bool {
	path := pathOf(pid)
	if !filepath.IsAbs(path) {
		return false
	}
	exe, err := os.Stat(path)
	return err == nil && isCommand(filepath.Base(path), exe)
}
