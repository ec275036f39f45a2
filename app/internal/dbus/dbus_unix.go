//go:build unix && !darwin

package dbus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/vaultcore/bounded"
)

// What goes over a bus, as the library has it.
type (
	Path    = dbus.ObjectPath
	Signal  = dbus.Signal
	Variant = dbus.Variant
	FD      = dbus.UnixFD
	Sender  = dbus.Sender        // the unique name of who calls
	Error   = dbus.Error         // what a method of ours answers when it fails
	Rule    = []dbus.MatchOption // which signals are wanted
)

// Properties is the interface by which objects tell their properties.
const Properties = "org.freedesktop.DBus.Properties"

// daemon is the name of the bus itself.
const daemon = "org.freedesktop.DBus"

// Bus is a connection to a message bus.
type Bus struct{ conn *dbus.Conn }

// HasSession says whether the person has a bus.
func HasSession() bool {
	_, err := sessionAddress()
	return err == nil
}

func sessionAddress() (string, error) {
	address := os.Getenv(sessionVariable)
	if address == "" || strings.HasPrefix(address, "disabled:") || strings.HasPrefix(address, "autolaunch:") {
		return "", fmt.Errorf("%w: there is no session bus", errors.ErrUnsupported)
	}
	return address, nil
}

// Session connects to the person's bus. It may return: errors.ErrUnsupported when
// there is none that answers.
func Session(ctx context.Context) (*Bus, error) {
	address, err := sessionAddress()
	if err != nil {
		return nil, err
	}
	b, err := connect(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: the session bus does not answer: %w", errors.ErrUnsupported, err)
	}
	return b, nil
}

// System connects to the bus of the system's services.
func System(ctx context.Context) (*Bus, error) { return connect(ctx, systemAddress()) }

func systemAddress() string {
	if address := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS"); address != "" {
		return address
	}
	return socketAddress + "/run/dbus/system_bus_socket"
}

// socketAddress begins the address of a bus that has a socket with a name.
const socketAddress = "unix:path="

// SystemSocket is the file by which the system's bus is reached; empty for a bus that is
// reached otherwise.
func SystemSocket() string {
	path, ok := strings.CutPrefix(systemAddress(), socketAddress)
	if !ok || strings.ContainsAny(path, ",;%") { // of several, or with options
		return ""
	}
	return path
}

// connect opens a connection, which is given up when ctx ends before it stands, and
// lives on after ctx.
func connect(ctx context.Context, address string) (*Bus, error) {
	conn, err := bounded.Call(ctx, func() (*dbus.Conn, error) { return dbus.Connect(address) }, func(late *dbus.Conn) { _ = late.Close() })
	if err != nil {
		return nil, err
	}
	return &Bus{conn}, nil
}

// Close ends the connection.
func (b *Bus) Close() { _ = b.conn.Close() }

// Context ends with the connection.
func (b *Bus) Context() context.Context { return b.conn.Context() }

// Connected says whether the connection stands.
func (b *Bus) Connected() bool { return b.conn.Connected() }

// Call calls a method of an object and puts what it returns into results.
func (b *Bus) Call(ctx context.Context, name string, path Path, method string, args []any, results ...any) error {
	call := b.conn.Object(name, path).CallWithContext(ctx, method, 0, args...)
	if len(results) == 0 {
		return call.Err
	}
	return call.Store(results...)
}

// Property reads a property of an object.
func (b *Bus) Property(ctx context.Context, name string, path Path, face, property string, into any) error {
	return b.Call(ctx, name, path, Properties+".Get", []any{face, property}, into)
}

// Owner is the unique name of the program that has a name.
func (b *Bus) Owner(ctx context.Context, name string) (string, error) {
	var owner string
	err := b.Call(ctx, daemon, "/org/freedesktop/DBus", daemon+".GetNameOwner", []any{name}, &owner)
	return owner, err
}

// Listen returns a channel with the signals that fit one of the rules. It is closed
// when the connection ends.
func (b *Bus) Listen(ctx context.Context, rules ...Rule) (<-chan *Signal, error) {
	signals := make(chan *Signal, 64)
	b.conn.Signal(signals)
	for _, rule := range rules {
		if err := b.ListenFor(ctx, rule); err != nil {
			return nil, err
		}
	}
	return signals, nil
}

// ListenFor has the channels of [Bus.Listen] get the signals that fit a rule, too.
func (b *Bus) ListenFor(ctx context.Context, rule Rule) error {
	return b.conn.AddMatchSignalContext(ctx, rule...)
}

// From is the signals of a program, of one object or one interface of it; what is empty
// fits all.
func From(name string, path Path, face, member string) Rule {
	rule := Rule{dbus.WithMatchSender(name)}
	if path != "" {
		rule = append(rule, dbus.WithMatchObjectPath(path))
	}
	if face != "" {
		rule = append(rule, dbus.WithMatchInterface(face))
	}
	if member != "" {
		rule = append(rule, dbus.WithMatchMember(member))
	}
	return rule
}

// OwnerChanged is the signal that a name has another owner.
const OwnerChanged = daemon + ".NameOwnerChanged"

// OwnerOf is the signals that tell of another owner of a name.
func OwnerOf(name string) Rule {
	return append(From(daemon, "", "", "NameOwnerChanged"), dbus.WithMatchArg(0, name))
}

// Read puts what a signal carries into values, and says whether it fits.
func Read(signal *Signal, values ...any) bool { return dbus.Store(signal.Body, values...) == nil }

// MakeVariant makes a value of any type.
func MakeVariant(value any) Variant { return dbus.MakeVariant(value) }

// Export has an object of ours answer the calls of an interface: by its methods, whose
// last result is a *Error. A parameter of type [Sender] is who calls.
func (b *Bus) Export(object any, path Path, face string) error {
	return b.conn.Export(object, path, face)
}

// Claim takes a name on the bus, or gets in line for it behind who has it.
func (b *Bus) Claim(ctx context.Context, name string) error {
	var reply uint32
	return b.Call(ctx, daemon, "/org/freedesktop/DBus", daemon+".RequestName", []any{name, uint32(0)}, &reply)
}

// Denied is the answer to whoever may not call.
func Denied(why string) *Error { return dbus.NewError(daemon+".Error.AccessDenied", []any{why}) }

// IsNobody says whether a call failed because no program has the name.
func IsNobody(err error) bool {
	var fault dbus.Error
	return errors.As(err, &fault) && (fault.Name == daemon+".Error.ServiceUnknown" || fault.Name == daemon+".Error.NameHasNoOwner")
}
