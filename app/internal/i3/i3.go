// Package i3 speaks to sway and i3 over their socket: a command, or a look at the
// windows. A [Conn] is one connection, and is asked one thing at a time.
package i3

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

// The kinds of message.
const (
	runCommand = 0
	getTree    = 4
)

const magic = "i3-ipc"

// maxReply is the longest answer that is read: the tree of a busy desktop.
const maxReply = 16 << 20

// Conn is a connection to a window manager.
type Conn struct{ socket net.Conn }

// Dial connects to a window manager by its socket. The connection ends with ctx.
func Dial(ctx context.Context, socket string) (*Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(0, 0)) })
	return &Conn{conn}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.socket.Close() }

// ask sends a message and reads the answer to it.
func (c *Conn) ask(kind uint32, payload string, into any) error {
	head := []byte(magic)
	head = binary.NativeEndian.AppendUint32(head, uint32(len(payload)))
	head = binary.NativeEndian.AppendUint32(head, kind)
	if _, err := c.socket.Write(append(head, payload...)); err != nil {
		return err
	}
	if _, err := io.ReadFull(c.socket, head); err != nil {
		return err
	}
	size := binary.NativeEndian.Uint32(head[len(magic):])
	if string(head[:len(magic)]) != magic || size > maxReply {
		return errors.New("the window manager's answer cannot be read")
	}
	reply := make([]byte, size)
	if _, err := io.ReadFull(c.socket, reply); err != nil {
		return err
	}
	return json.Unmarshal(reply, into)
}

// Run has a command carried out.
func (c *Conn) Run(command string) error {
	var done []struct {
		Success bool
		Error   string
	}
	if err := c.ask(runCommand, command, &done); err != nil {
		return err
	}
	for _, one := range done {
		if !one.Success {
			return fmt.Errorf("the window manager refused a command: %s", one.Error)
		}
	}
	return nil
}

// node is a part of the tree of windows.
type node struct {
	Name    string `json:"name"`
	Focused bool   `json:"focused"`
	Nodes   []node `json:"nodes"`
	Floats  []node `json:"floating_nodes"`
}

// Focused is the title of what has the keyboard; empty for none.
func (c *Conn) Focused() (string, error) {
	var tree node
	if err := c.ask(getTree, "", &tree); err != nil {
		return "", err
	}
	rest := []node{tree}
	for len(rest) > 0 {
		n := rest[0]
		if n.Focused {
			return n.Name, nil
		}
		rest = slices.Concat(rest[1:], n.Nodes, n.Floats)
	}
	return "", nil
}
