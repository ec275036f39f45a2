package wayland

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// compositor is a compositor of a test's own, in which things go wrong that do
// not in a real one. It serves connections one after the other.
type compositor struct {
	has    []string // the interfaces
	refuse bool     // it answers whoever wants the clipboard with an error
	keep   bool     // it leaves the clipboard to who has it, and says nothing
	mute   bool     // it never answers
}

// start starts a compositor and returns its socket.
func (c compositor) start(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "wl")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(&wire{socket: conn.(*net.UnixConn)})
		}
	}()
	return socket
}

// serve answers requests until the other end hangs up. The messages of both
// directions look the same, so the wire reads requests too.
func (c compositor) serve(w *wire) {
	defer w.close()
	objects := map[uint32]string{display: "display"}
	for {
		m, err := w.next()
		if err != nil {
			return
		}
		if c.mute {
			continue
		}
		args := &reader{rest: m.body}
		switch kind := objects[m.object]; {
		case kind == "display" && m.opcode == displaySync:
			_ = w.send(args.word(), callbackDone, word(0))
		case kind == "display" && m.opcode == displayRegistry:
			registry := args.word()
			objects[registry] = "registry"
			for i, name := range c.has {
				_ = w.send(registry, registryGlobal, slices.Concat(word(uint32(i)), text(name), word(1)))
			}
		case kind == "registry" && m.opcode == registryBind:
			args.word()
			name := args.text()
			args.word()
			objects[args.word()] = name
		case slices.Contains(managers[:], kind) && m.opcode == managerDevice:
			device := args.word()
			objects[device] = "device"
			_ = w.send(device, deviceSelection, word(0))
		case kind == "device" && m.opcode == deviceSelect && c.refuse:
			_ = w.send(display, displayError, slices.Concat(word(m.object), word(7), text("no")))
		case kind == "device" && m.opcode == deviceSelect && !c.keep:
			_ = w.send(args.word(), sourceCanceled, nil)
		}
	}
}

// TestNoFalseCopied holds that no clipboard is said to be ours that is not.
func TestNoFalseCopied(t *testing.T) {
	seat := []string{"wl_seat", managers[1]}
	for name, test := range map[string]struct {
		compositor compositor
		want       error
	}{
		"no data control":        {compositor{has: []string{"wl_seat", "wl_compositor"}}, ErrNoControl},
		"no seat":                {compositor{has: managers[:]}, ErrNoControl},
		"the request is refused": {compositor{has: seat, refuse: true}, nil},
		"another one gets it":    {compositor{has: seat}, nil},
		"nothing happens":        {compositor{has: seat, keep: true}, ErrEmpty},
		"no answer":              {compositor{mute: true}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			limit := time.Minute
			if test.compositor.mute {
				limit = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			held, err := OwnClipboard(ctx, test.compositor.start(t), "secret text", true)
			if err == nil {
				held.Release()
				t.Fatal("it is said to be copied")
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// FuzzEvents holds that whatever a compositor sends is read or refused.
func FuzzEvents(f *testing.F) {
	f.Add([]byte{})
	f.Add(slices.Concat(word(2), word(28<<16), word(1), text("wl_seat"), word(1)))
	f.Add(slices.Concat(word(3), word(16<<16), word(0xffffffff), word(0)))
	f.Add(slices.Concat(word(3), word(4<<16)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		here, there := pipeOf(ends[0]), pipeOf(ends[1])
		defer func() { _ = there.Close() }()
		socket, err := net.FileConn(here)
		_ = here.Close()
		if err != nil {
			t.Fatal(err)
		}
		c := &Conn{wire: wire{socket: socket.(*net.UnixConn)}, last: display, globals: make(map[string]uint32), handle: map[uint32]func(uint16, *reader) error{}}
		defer c.Close()
		p := &paste{conn: c, offers: make(map[uint32][]string)}
		c.object(c.known)
		c.object(p.heard)
		c.object((&Clipboard{conn: c}).heard)
		go func() {
			_, _ = there.Write(raw)
			_ = there.Close()
		}()
		for c.event() == nil {
		}
	})
}
