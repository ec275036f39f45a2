package icon

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// units is the side of the square in which the states are described.
const units = 16

// hard draws a state with pixels that are either opaque or not there: some trays
// are sent pictures in which half-transparent pixels get wrong colours.
func hard(s State, size int) *image.NRGBA {
	layers := drawing(s)
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			img.SetNRGBA(x, y, ink(layers, place(x, size, 0, 1), place(y, size, 0, 1)))
		}
	}
	return img
}

// smooth draws a state with soft edges, from several samples a pixel.
func smooth(s State, size int) *image.NRGBA {
	const samples = 4
	layers := drawing(s)
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var sum [3]int
			n := 0
			for i := range samples * samples {
				c := ink(layers, place(x, size, i%samples, samples), place(y, size, i/samples, samples))
				if c.A == 0 {
					continue
				}
				n++
				sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
			}
			if n > 0 {
				alpha := uint8(255 * n / (samples * samples))
				img.SetNRGBA(x, y, color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), alpha})
			}
		}
	}
	return img
}

// place is where sample i of n in a pixel lies, in units: a hair nearer to the
// middle than it is, so that an edge which runs through samples takes those of
// the left side as it takes those of the right.
func place(pixel, size, i, n int) float64 {
	at := (float64(pixel) + (float64(i)+0.5)/float64(n)) * units / float64(size)
	return at + (units/2-at)*1e-9
}

func ink(layers []layer, x, y float64) color.NRGBA {
	for i := len(layers) - 1; i >= 0; i-- {
		if layers[i].shape.has(point{x, y}) {
			return layers[i].ink
		}
	}
	return clear
}

// stencil makes a picture black where there is anything: macOS gives a template
// its colour.
func stencil(img *image.NRGBA) *image.NRGBA {
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2] = 0, 0, 0
	}
	return img
}

// PNG is a state for a Linux tray: every pixel is opaque or not there.
func PNG(s State, size int) []byte { return encode(hard(s, size)) }

// Template is a state for the menu bar of macOS.
func Template(s State, size int) []byte { return encode(stencil(smooth(s, size))) }

// App is the program's icon, with soft edges, for a desktop's icon theme.
func App(size int) []byte { return encode(smooth(Active, size)) }

// AppSizes are the sizes that an icon theme wants of a program's icon.
func AppSizes() []int { return []int{16, 22, 24, 32, 48, 64, 128, 256} }

func encode(img image.Image) []byte {
	var b bytes.Buffer
	// A picture of these sizes, written to memory, cannot fail.
	_ = png.Encode(&b, img)
	return b.Bytes()
}
