package access

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// These are programs that keep a connection, or are given that of another program.

func init() {
	roles["later"] = later
	roles["lend"] = lend
	roles["borrow"] = borrow
}

// later connects, and asks when it is told to, twice.
func later() error {
	c, err := dial()
	if err != nil {
		return err
	}
	fmt.Println("connected")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	return twice(c)
}

// twice asks, and asks again by the same connection.
func twice(c net.Conn) error {
	if err := askFor(func() (net.Conn, error) { return c, nil }); err != nil {
		return err
	}
	_, _ = io.WriteString(c, wanted) // which may be closed
	rest, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	fmt.Println("again:", strings.Contains(string(rest), `"result"`))
	return nil
}

// lend connects, sends the connection to whoever has the other end of our third
// descriptor, and stays.
func lend() error {
	c, err := dial()
	if err != nil {
		return err
	}
	file, err := c.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	if err := syscall.Sendmsg(3, []byte{0}, syscall.UnixRights(int(file.Fd())), nil, 0); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// borrow asks by the connection that it is sent.
func borrow() error {
	rights := make([]byte, syscall.CmsgSpace(4))
	_, n, _, _, err := syscall.Recvmsg(3, make([]byte, 1), rights, 0)
	if err != nil {
		return err
	}
	messages, err := syscall.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return fmt.Errorf("%d messages: %v", len(messages), err)
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	c, err := net.FileConn(os.NewFile(uintptr(fds[0]), "connection"))
	if err != nil {
		return err
	}
	return twice(c)
}

// What a grant has ended is asked about again, also by a connection that stood before; and
// a connection is good for one request.
func TestConnectionAcrossALock(t *testing.T) {
	s := newSiege(t, "hour")
	for name, ends := range map[string]func(){
		"a revocation": func() { s.grants.End(0, "") },
		"a lock":       s.grants.Drop,
	} {
		s.asks(s.command("ask", "tool"))
		before := s.count()
		waiting := s.command("later", "tool")
		stdin, err := waiting.StdinPipe()
		must(t, err)
		stdout, err := waiting.StdoutPipe()
		must(t, err)
		must(t, waiting.Start())
		out := bufio.NewReader(stdout)
		line, err := out.ReadString('\n')
		if err != nil || line != "connected\n" {
			t.Fatalf("%s: %q, %v", name, line, err)
		}
		ends()
		_, err = io.WriteString(stdin, "\n")
		must(t, err)
		rest, err := io.ReadAll(out)
		must(t, err)
		must(t, waiting.Wait())
		if string(rest) != "served\nagain: false\n" || s.count() != before+1 {
			t.Errorf("%s: %q, asked %d times more", name, rest, s.count()-before)
		}
		s.grants.Drop()
	}
}

// Who asks is who has connected: that another program is sent the connection makes it
// neither that program nor more than one request.
func TestConnectionOfAnother(t *testing.T) {
	s := newSiege(t, "hour")
	s.asks(s.command("ask", "tool"))
	s.answers("once")
	for _, test := range []struct{ lends, borrows, asks string }{
		{"evil", "tool", "evil (in "},
		{"tool", "evil", ""}, // what the page on protection says is not stopped
	} {
		ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		must(t, err)
		lender, borrower := s.command("lend", test.lends), s.command("borrow", test.borrows)
		for i, cmd := range []*exec.Cmd{lender, borrower} {
			end := os.NewFile(uintptr(ends[i]), "end")
			defer func() { _ = end.Close() }()
			cmd.ExtraFiles = []*os.File{end}
		}
		stdin, err := lender.StdinPipe()
		must(t, err)
		must(t, lender.Start())
		before := s.count()
		out, err := borrower.Output()
		must(t, err)
		must(t, stdin.Close())
		must(t, lender.Wait())
		asker := s.asker(before)
		if string(out) != "served\nagain: false\n" || !strings.HasPrefix(asker, test.asks) || asker != "" && test.asks == "" {
			t.Errorf("%s by %s: %q, asked about %q", test.borrows, test.lends, out, asker)
		}
	}
}
