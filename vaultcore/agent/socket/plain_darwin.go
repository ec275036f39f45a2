package socket

import "net"

// connect opens a connection to the socket at path.
func connect(path string) (*conn, error) {
	raw, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	c := &conn{UnixConn: raw.(*net.UnixConn)}
	if c.who, err = credentials(c.UnixConn); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}
