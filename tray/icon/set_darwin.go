package icon

// traySize is the 18 points of a menu bar's picture, for screens of two pixels
// a point.
const traySize = 36

func platform(s State) []byte { return Template(s, traySize) }
