//go:build unix

package agent

import "syscall"

// descriptors is how many files, connections included, this process may have open.
func descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur > 2*maxConns {
		return 2 * maxConns
	}
	return int(limit.Cur)
}
