package netwatch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// watch reads what the kernel tells of its routes.
func watch(ctx context.Context, news func()) error {
	routes, err := open()
	if err != nil {
		return fmt.Errorf("the kernel's routes cannot be followed: %w", err)
	}
	return read(ctx, routes, news)
}

// open returns a routing socket, which hears of each change from now on.
func open() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE})
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "the kernel's routes"), nil
}

// read reads a routing socket until ctx ends, and closes it.
func read(ctx context.Context, routes *os.File, news func()) error {
	defer func() { _ = routes.Close() }()
	defer context.AfterFunc(ctx, func() { _ = routes.Close() })()
	buf := make([]byte, 64<<10)
	for {
		n, err := routes.Read(buf)
		switch {
		case errors.Is(err, unix.ENOBUFS): // so many at once that some are lost
			news()
		case err != nil:
			return fmt.Errorf("the kernel's routes can no longer be followed: %w", err)
		case leadsOut(buf[:n]):
			news()
		}
	}
}

// leadsOut says whether one of these messages is of a new route that may lead out of the
// machine: not those that the kernel makes by itself for each address and interface,
// such as a container's.
func leadsOut(messages []byte) bool {
	all, err := syscall.ParseNetlinkMessage(messages)
	if err != nil {
		return false
	}
	for _, m := range all {
		if m.Header.Type != unix.RTM_NEWROUTE || len(m.Data) < unix.SizeofRtMsg {
			continue
		}
		route := (*unix.RtMsg)(unsafe.Pointer(&m.Data[0]))
		if route.Type == unix.RTN_UNICAST && route.Table != unix.RT_TABLE_LOCAL && route.Protocol != unix.RTPROT_KERNEL {
			return true
		}
	}
	return false
}
