package agent

// descriptors is more than enough: Windows sets no limit of its own.
func descriptors() int { return 2 * maxConns }
