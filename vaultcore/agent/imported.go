package agent

import "slices"

// Profiles are those whose keys move, and those whose keys stay where they are.
func (r ImportResult) Profiles() (moves, stays []string) {
	for _, key := range r.Keys {
		if key.Why == "" {
			moves = append(moves, key.Profile)
		} else {
			stays = append(stays, key.Profile)
		}
	}
	return moves, stays
}

// Hints are the next steps for the keys that stay, each once.
func (r ImportResult) Hints() []string {
	var hints []string
	for _, key := range r.Keys {
		if key.Hint != "" && !slices.Contains(hints, key.Hint) {
			hints = append(hints, key.Hint)
		}
	}
	return hints
}
