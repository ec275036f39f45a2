package desktoptest

import "github.com/godbus/dbus/v5"

const secretItem = "org.freedesktop.Secret.Item"

// SecretReads counts from now on how often each secret of the keychain is read. The
// function it returns says how often so far, by the name that the item is kept under.
func (s *Session) SecretReads() func() map[string]int {
	s.t.Helper()
	conn, err := dbus.Connect(s.Bus) // it ends with the bus, as that of the notifications
	s.check(err)
	messages := make(chan *dbus.Message, 4096)
	rules := []string{
		"type='method_call',interface='" + secretItem + "',member='GetSecret'",
		"type='method_call',interface='org.freedesktop.Secret.Service',member='GetSecrets'",
		"type='method_call',interface='org.freedesktop.DBus.Peer',member='Ping'",
	}
	s.check(conn.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, rules, uint32(0)).Err)
	conn.Eavesdrop(messages)
	reads := make(map[string]int)
	return func() map[string]int {
		s.t.Helper()
		s.check(s.secrets().Call("org.freedesktop.DBus.Peer.Ping", 0).Err)
		s.untilOwn(messages, "Ping", func(m *dbus.Message) {
			if m.Type != dbus.TypeMethodCall || m.Headers[dbus.FieldDestination].Value() == "org.freedesktop.DBus" {
				return // what made a monitor of the connection
			}
			path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
			reads[s.secretName(path)]++
		})
		return reads
	}
}

// untilOwn hands on the calls that a monitor saw before this session's own call of a
// method: the bus keeps their order.
func (s *Session) untilOwn(messages <-chan *dbus.Message, method string, see func(*dbus.Message)) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	for {
		select {
		case m, ok := <-messages:
			if !ok {
				s.t.Fatal("the bus has ended")
			}
			member, _ := m.Headers[dbus.FieldMember].Value().(string)
			sender, _ := m.Headers[dbus.FieldSender].Value().(string)
			if own := member == method; !own {
				see(m)
			} else if sender == s.conn.Names()[0] {
				return
			}
		case <-ctx.Done():
			s.t.Fatalf("the bus does not tell of %s", method)
		}
	}
}

// secretName is the name that an item is kept under, as the keyring library has it; the
// path itself for what is none, or is gone.
func (s *Session) secretName(path dbus.ObjectPath) string {
	value, err := s.conn.Object("org.freedesktop.secrets", path).GetProperty(secretItem + ".Attributes")
	if err != nil {
		return string(path)
	}
	attributes, _ := value.Value().(map[string]string)
	if name := attributes["profile"]; name != "" {
		return name
	}
	return string(path)
}
