package socket

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// sandboxOf names the container or sandbox that a process runs in: it is in another user
// or process namespace than we, or under the rules of a snap. It is called as soon
// as the connection is accepted, while the process is there: its number may be
// another's later. One that cannot be looked at is taken to be in one.
func sandboxOf(c *net.UnixConn, who Peer) string {
	ours := ownNamespaces()
	if ours == (namespaces{}) {
		return "" // there is no /proc: nobody can be told from anybody
	}
	theirs := namespaces{}
	if who.PID > 0 {
		theirs = namespacesOf(strconv.Itoa(who.PID))
	}
	if theirs == ours {
		still, release := watch(c)
		defer release()
		if !still() {
			theirs = namespaces{} // those were of the next one with its number
		}
	}
	if theirs != ours {
		return "namespaces " + theirs.user + " " + theirs.pid
	}
	if label := labelOf(c); snapped(label) {
		return label
	}
	return ""
}

// namespaces are the names that the kernel gives to those of a process.
type namespaces struct{ user, pid string }

var ownNamespaces = sync.OnceValue(func() namespaces { return namespacesOf("self") })

// namespacesOf returns zero names for a process that cannot be looked at.
func namespacesOf(pid string) namespaces {
	return namespaces{link("/proc/" + pid + "/ns/user"), link("/proc/" + pid + "/ns/pid")}
}

func link(path string) string {
	var name [64]byte
	n, err := unix.Readlink(path, name[:])
	if err != nil {
		return ""
	}
	return string(name[:n])
}

// labelOf is the label that AppArmor or SELinux gave to the other end when it
// connected; empty where there is none of them.
func labelOf(c *net.UnixConn) string {
	label := ""
	raw, err := c.SyscallConn()
	if err != nil {
		return ""
	}
	if err := control(raw, func(fd int) (err error) {
		label, err = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_PEERSEC)
		return err
	}); errors.Is(err, unix.ENOPROTOOPT) {
		return ""
	}
	return label
}

// snapped says whether a label is that of a confined snap. A classic one, such as
// an editor with a terminal in it, has one that only complains.
func snapped(label string) bool {
	return strings.HasPrefix(label, "snap.") && strings.HasSuffix(label, "(enforce)")
}
