package agent

import (
	"maps"
	"slices"
)

// Operations are the verbs of the protocol.
func Operations() []string { return slices.Sorted(maps.Keys(operations())) }
