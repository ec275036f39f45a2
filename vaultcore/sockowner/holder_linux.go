package sockowner

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Holders are the programs that have the other end of a connection open, as far as
// they may be looked into; several after a fork. known says whether this system
// tells: then none means a program that hides.
func Holders(client, server netip.AddrPort) (all []Program, known bool) {
	socket, err := askKernel(client, server)
	if err != nil {
		return nil, false
	}
	name := "socket:[" + strconv.FormatUint(uint64(socket.inode), 10) + "]"
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(folders) == 0 {
		return nil, false
	}
	for _, folder := range folders {
		if holdsSocket(folder, name) {
			all = append(all, programOf(folder))
		}
	}
	return all, true
}

func holdsSocket(folder, name string) bool {
	descriptors, err := os.ReadDir(folder + "/fd")
	if err != nil {
		return false
	}
	for _, fd := range descriptors {
		if to, err := os.Readlink(folder + "/fd/" + fd.Name()); err == nil && to == name {
			return true
		}
	}
	return false
}

// programOf reads what a process runs, and where.
func programOf(folder string) Program {
	var p Program
	if path, err := os.Readlink(folder + "/exe"); err == nil {
		p.Path = strings.TrimSuffix(path, " (deleted)")
	}
	if info, err := os.Stat(folder + "/exe"); err == nil {
		stat, ok := info.Sys().(*syscall.Stat_t)
		p.System = ok && stat.Uid == 0 && info.Mode().Perm()&0o022 == 0
	}
	if stat, err := os.ReadFile(folder + "/stat"); err == nil {
		if fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]); len(fields) > 3 {
			p.Session, _ = strconv.Atoi(string(fields[3])) // else 0, which is no session's
		}
	}
	if info, err := os.ReadFile(folder + "/root/.flatpak-info"); err == nil {
		p.Flatpak = flatpakID(info)
	}
	return p
}

// flatpakID reads "[Application]\nname=org.mozilla.firefox".
func flatpakID(info []byte) string {
	for line := range bytes.Lines(info) {
		if id, ok := bytes.CutPrefix(line, []byte("name=")); ok {
			return string(bytes.TrimSpace(id))
		}
	}
	return ""
}
