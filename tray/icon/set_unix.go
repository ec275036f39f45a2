//go:build !windows && !darwin

package icon

// traySize is twice and three times the usual sizes of icons in panels: a panel
// shrinks a picture well, and has no good way to make one larger.
const traySize = 48

func platform(s State) []byte { return PNG(s, traySize) }
