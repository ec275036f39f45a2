package icon

import "image"

func platform(s State) []byte { return ICO(s) }

func mark(shown bool) []byte {
	return ico(func(size int) *image.NRGBA { return dot(shown, size) }, traySizes...)
}
