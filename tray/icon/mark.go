package icon

import (
	"image"
	"image/color"
	"sync"
)

// protectedRed is the red of what is protected, as the dialogs have it.
var protectedRed = color.NRGBA{0xc0, 0x1c, 0x28, 0xff}

// Mark is the picture beside a row of the menu, as the menus of this platform want it: a
// red disc, for menus that show no text in colors, or as much of nothing. Every row has
// one, so each is drawn once. It is shared: do not write to it.
func Mark(shown bool) []byte {
	if shown {
		return disced()
	}
	return empty()
}

var (
	disced = sync.OnceValue(func() []byte { return mark(true) })
	empty  = sync.OnceValue(func() []byte { return mark(false) })
)

// dot is the mark in a size. Its edge is hard: some menus show half-transparent pixels in wrong colors.
func dot(shown bool, size int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	middle, radius := float64(size)/2, float64(size)*0.4
	for y := range size {
		for x := range size {
			dx, dy := float64(x)+0.5-middle, float64(y)+0.5-middle
			if shown && dx*dx+dy*dy <= radius*radius {
				img.SetNRGBA(x, y, protectedRed)
			}
		}
	}
	return img
}
