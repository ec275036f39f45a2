//go:build !windows && !darwin

package icon

import "image"

// traySize is the size of the one picture that the library beneath is given: it
// is shown until those of all sizes are in its place.
const traySize = 24

func platform(s State) []byte { return encode(opaque(Image(s, traySize))) }

// opaque leaves no pixel half transparent: the library beneath sends such pixels
// to the bus in wrong colors.
func opaque(img *image.NRGBA) *image.NRGBA {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] < 0x80 {
			img.Pix[i] = 0
			continue
		}
		img.Pix[i] = 0xff
	}
	return img
}
