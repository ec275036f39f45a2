package sockowner

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Ours says whether the socket at the other end of a connection belongs to our
// user. Kernels without inet_diag answer as if there were no such socket, so
// that the table has the last word.
func Ours(client, server netip.AddrPort) bool {
	socket, err := askKernel(client, server)
	uid := socket.uid
	if err != nil {
		uid, err = readTables(client, server)
	}
	return err == nil && int64(uid) == int64(os.Getuid())
}

var errNoSocket = errors.New("no such socket")

// The layout of linux/inet_diag.h.
const (
	diagRequest = 16 + 56 // nlmsghdr, inet_diag_req_v2
	established = 1       // TCP_ESTABLISHED
	idState     = 17      // of the reply, behind nlmsghdr
	idUID       = 16 + 4 + 48 + 12
	idInode     = idUID + 4
	diagReply   = idInode + 4
	kernelTime  = time.Second
)

// askKernel looks one socket up by its addresses.
func askKernel(client, server netip.AddrPort) (diagnosis, error) {
	fd, err := ask(diagQuestion(client, server))
	if err != nil {
		return diagnosis{}, err
	}
	defer func() { _ = unix.Close(fd) }()
	reply := make([]byte, 4096)
	n, err := answer(fd, reply)
	if err != nil {
		return diagnosis{}, err
	}
	return diagAnswer(reply[:n])
}

// diagnosis is what the kernel says of a socket.
type diagnosis struct{ uid, inode uint32 }

// ask sends a question to the kernel and returns where its answer comes.
func ask(question []byte) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	limit := unix.NsecToTimeval(int64(kernelTime))
	if err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err == nil {
		err = unix.Sendto(fd, question, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	}
	if err != nil {
		_ = unix.Close(fd)
	}
	return fd, err
}

// answer reads what the kernel says next.
func answer(fd int, reply []byte) (int, error) {
	n, from, err := unix.Recvfrom(fd, reply, 0)
	if err != nil {
		return 0, err
	}
	if kernel, ok := from.(*unix.SockaddrNetlink); !ok || kernel.Pid != 0 {
		return 0, errNoSocket // only the kernel is believed
	}
	return n, nil
}

// diagQuestion is an inet_diag_req_v2 for the socket whose own address is
// client.
func diagQuestion(client, server netip.AddrPort) []byte {
	b := make([]byte, diagRequest)
	binary.NativeEndian.PutUint32(b[0:], diagRequest)
	binary.NativeEndian.PutUint16(b[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	b[16], b[17] = unix.AF_INET, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(b[20:], 1<<established)
	binary.BigEndian.PutUint16(b[24:], client.Port())
	binary.BigEndian.PutUint16(b[26:], server.Port())
	copy(b[28:], client.Addr().AsSlice())
	copy(b[44:], server.Addr().AsSlice())
	binary.NativeEndian.PutUint64(b[64:], ^uint64(0)) // INET_DIAG_NOCOOKIE
	return b
}

// diagAnswer reads what the kernel says. A socket without an inode has no process
// any more, and would pass for root's.
func diagAnswer(b []byte) (diagnosis, error) {
	if len(b) < diagReply || binary.NativeEndian.Uint16(b[4:]) != unix.SOCK_DIAG_BY_FAMILY || b[idState] != established {
		return diagnosis{}, errNoSocket
	}
	d := diagnosis{binary.NativeEndian.Uint32(b[idUID:]), binary.NativeEndian.Uint32(b[idInode:])}
	if d.inode == 0 {
		return diagnosis{}, errNoSocket
	}
	return d, nil
}

// readTables looks a socket up in the kernel's tables. A socket of IPv6 that
// speaks IPv4 is in the second one.
func readTables(client, server netip.AddrPort) (uint32, error) {
	for name, mapped := range map[string]bool{"/proc/net/tcp": false, "/proc/net/tcp6": true} {
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		uid, err := findRow(file, tableAddress(client, mapped), tableAddress(server, mapped))
		_ = file.Close()
		if err == nil {
			return uid, nil
		}
	}
	return 0, errNoSocket
}

// tableAddress writes an address as the tables do: each 32 bits in the
// machine's own order.
func tableAddress(at netip.AddrPort, mapped bool) string {
	ip := at.Addr().AsSlice()
	if mapped {
		whole := at.Addr().As16()
		ip = whole[:]
	}
	var b strings.Builder
	for word := range slices.Chunk(ip, 4) {
		fmt.Fprintf(&b, "%08X", binary.NativeEndian.Uint32(word))
	}
	return fmt.Sprintf("%s:%04X", b.String(), at.Port())
}

// findRow reads rows of: number, local and remote address, state, queues,
// timer, retransmits, uid, timeout, inode.
func findRow(table io.Reader, local, remote string) (uint32, error) {
	rows := bufio.NewScanner(table)
	for rows.Scan() {
		f := strings.Fields(rows.Text())
		if len(f) < 10 || f[1] != local || f[2] != remote || f[3] != "01" || f[9] == "0" {
			continue
		}
		uid, err := strconv.ParseUint(f[7], 10, 32)
		return uint32(uid), err
	}
	return 0, errNoSocket
}
