package awsconfig

import "syscall"

func statMark(path string) (mark, error) {
	var s syscall.Stat_t
	for {
		err := syscall.Stat(path, &s)
		if err == syscall.EINTR {
			continue
		}
		return mark{
			device: uint64(s.Dev), number: s.Ino, size: s.Size,
			modified: s.Mtim.Nano(), changed: s.Ctim.Nano(),
		}, err
	}
}
