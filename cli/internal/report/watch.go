package report

import "github.com/vaultbar/vaultbar/vaultcore"

// State words a profile's state so that it changes only with the state
// itself: an end, not a time left.
func State(p vaultcore.ProfileState) string {
	until := p.Expires.Local().Format("15:04")
	switch p.State {
	case vaultcore.StateActive:
		return "active until " + until
	case vaultcore.StateEnding:
		return "ends at " + until + " and needs a code"
	case vaultcore.StateWaiting:
		return "waits for an answer"
	case vaultcore.StateFailed:
		return "failed: " + Line(p.Err)
	default:
		return "no session"
	}
}
