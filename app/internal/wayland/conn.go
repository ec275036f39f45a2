//go:build unix && !darwin

package wayland

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// ErrNoControl is the failure on a compositor that lets no program in the
// background at its clipboard.
var ErrNoControl = errors.New("the compositor lets no background program use the clipboard")

// Socket is the address of the compositor; empty where there is none.
func Socket() string {
	name := os.Getenv("WAYLAND_DISPLAY")
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), name)
}

// The objects and the messages of every connection.
const (
	display = 1 // the object that is there from the beginning

	displaySync     = 0 // requests
	displayRegistry = 1
	registryBind    = 0

	displayError    = 0 // events
	registryGlobal  = 0
	callbackDone    = 0
	firstServerSide = 0xff000000 // the objects from here on are the compositor's
)

// managers are the two names of the protocol, the newer first.
var managers = [...]string{"ext_data_control_manager_v1", "zwlr_data_control_manager_v1"}

// Conn is a connection to a compositor.
type Conn struct {
	wire    wire
	last    uint32                                             // the last object of ours
	globals map[string]uint32                                  // what the compositor has, and the numbers of it
	handle  map[uint32]func(opcode uint16, args *reader) error // by object; events of others are of no interest
}

// Dial connects to a compositor by its socket, and learns what it has.
func Dial(ctx context.Context, socket string) (*Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	c := &Conn{wire: wire{socket: conn.(*net.UnixConn)}, last: display, globals: make(map[string]uint32),
		handle: make(map[uint32]func(uint16, *reader) error)}
	c.handle[display] = func(opcode uint16, args *reader) error {
		if opcode != displayError {
			return nil
		}
		args.word() // the object that it is about
		code, why := args.word(), args.text()
		return fmt.Errorf("the compositor refused a request: %s (%d)", why, code)
	}
	err = c.during(ctx, func() error {
		registry := c.object(c.known)
		if err := c.wire.send(display, displayRegistry, word(registry)); err != nil {
			return err
		}
		return c.roundTrip()
	})
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection, and with it what it owned.
func (c *Conn) Close() { c.wire.close() }

// Has says whether the compositor has an interface of this name.
func (c *Conn) Has(name string) bool {
	_, ok := c.globals[name]
	return ok
}

// during does something that waits, and gives it up when ctx ends: the
// connection ends with it then.
func (c *Conn) during(ctx context.Context, do func() error) error {
	defer context.AfterFunc(ctx, c.Close)()
	err := do()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// object makes a number for an object of ours, whose events are handled so.
func (c *Conn) object(handle func(uint16, *reader) error) uint32 {
	c.last++
	if handle != nil {
		c.handle[c.last] = handle
	}
	return c.last
}

// known notes what the compositor has.
func (c *Conn) known(opcode uint16, args *reader) error {
	if opcode != registryGlobal {
		return nil
	}
	name, kind := args.word(), args.text()
	if _, twice := c.globals[kind]; !twice { // of several seats, the first
		c.globals[kind] = name
	}
	return args.err("name of an interface")
}

// bind makes an object of what the compositor has, in its first version.
func (c *Conn) bind(kind string) (uint32, error) {
	id := c.object(nil)
	body := word(c.globals[kind])
	body = append(body, text(kind)...)
	body = append(body, word(1)...)
	body = append(body, word(id)...)
	return id, c.wire.send(c.registry(), registryBind, body)
}

// registry is the first object that Dial makes.
func (*Conn) registry() uint32 { return display + 1 }

// roundTrip waits until the compositor has done all that was asked so far.
func (c *Conn) roundTrip() error {
	done := false
	callback := c.object(func(opcode uint16, _ *reader) error {
		done = done || opcode == callbackDone
		return nil
	})
	defer delete(c.handle, callback)
	if err := c.wire.send(display, displaySync, word(callback)); err != nil {
		return err
	}
	for !done {
		if err := c.event(); err != nil {
			return err
		}
	}
	return nil
}

// event waits for an event and handles it.
func (c *Conn) event() error {
	m, err := c.wire.next()
	if err != nil {
		return err
	}
	handle, ok := c.handle[m.object]
	if !ok {
		return nil
	}
	return handle(m.opcode, &reader{rest: m.body})
}

// control is the clipboard of the person's seat.
type control struct {
	manager uint32
	device  uint32
}

// The requests and the events of data control.
const (
	managerSource = 0 // requests
	managerDevice = 1
	deviceSelect  = 0
	sourceOffer   = 0
	sourceDestroy = 1
	offerReceive  = 0

	deviceOffer     = 0 // events
	deviceSelection = 1
	deviceFinished  = 2
	sourceSend      = 0
	sourceCanceled  = 1
	offerType       = 0
)

// control gets at the clipboard; the events about it are handled so. It may
// return: ErrNoControl.
func (c *Conn) control(handle func(uint16, *reader) error) (control, error) {
	for _, kind := range managers {
		if !c.Has(kind) || !c.Has("wl_seat") {
			continue
		}
		seat, err := c.bind("wl_seat")
		if err != nil {
			return control{}, err
		}
		manager, err := c.bind(kind)
		if err != nil {
			return control{}, err
		}
		device := c.object(handle)
		return control{manager, device}, c.wire.send(manager, managerDevice, append(word(device), word(seat)...))
	}
	return control{}, ErrNoControl
}
