package icon

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// render draws a picture from several samples a pixel: shade says what a point of it
// looks like.
func render(p picture, size int, shade func(picture, point) color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	n := samples(size)
	for y := range size {
		for x := range size {
			here := p.near(point{float64(x) + 0.5, float64(y) + 0.5})
			at := func(i, j int) color.NRGBA { return shade(here, point{sample(x, i, n, size), sample(y, j, n, size)}) }
			if c := at(n/2, n/2); c == at(0, 0) && c == at(n-1, 0) && c == at(0, n-1) && c == at(n-1, n-1) {
				img.SetNRGBA(x, y, c) // no edge runs through it: nothing is narrower than a pixel
				continue
			}
			img.SetNRGBA(x, y, blend(n, at))
		}
	}
	return img
}

// samples is how many a pixel has in each direction: large pictures need fewer.
func samples(size int) int {
	if size > 32 {
		return 4
	}
	return 8
}

// sample is where one of n lies in a pixel: a hair nearer to the middle than it
// is, so that an edge which runs through samples takes those of the left side as
// it takes those of the right.
func sample(pixel, i, n, size int) float64 {
	at := float64(pixel) + (float64(i)+0.5)/float64(n)
	return at + (float64(size)/2-at)*1e-9
}

// blend is the color of a pixel of which n by n samples are known.
func blend(n int, at func(i, j int) color.NRGBA) color.NRGBA {
	var red, green, blue, alpha int
	for j := range n {
		for i := range n {
			c := at(i, j)
			a := int(c.A)
			red, green, blue, alpha = red+a*int(c.R), green+a*int(c.G), blue+a*int(c.B), alpha+a
		}
	}
	if alpha == 0 {
		return clear
	}
	part := func(sum int) uint8 { return uint8((sum + alpha/2) / alpha) }
	return color.NRGBA{part(red), part(green), part(blue), uint8((alpha + n*n/2) / (n * n))}
}

// Image is a state with soft edges on the grid of its size.
func Image(s State, size int) *image.NRGBA { return render(lay(s, size), size, picture.ink) }

// TraySizes are the sizes that panels show an icon in, each drawn for itself. A
// panel of another size takes one of them and shrinks it.
func TraySizes() []int { return []int{16, 22, 24, 32, 48} }

// Template is a state for the menu bar of macOS, which gives it its color.
func Template(s State, size int) []byte {
	return encode(render(lay(s, size), size, func(p picture, at point) color.NRGBA {
		if p.stencil(at) {
			return color.NRGBA{A: 0xff}
		}
		return clear
	}))
}

// PNG is a state as a file.
func PNG(s State, size int) []byte { return encode(Image(s, size)) }

// App is the program's icon, for a desktop's icon theme.
func App(size int) []byte { return PNG(Active, size) }

// AppSizes are the sizes that an icon theme wants of a program's icon.
func AppSizes() []int { return []int{16, 22, 24, 32, 48, 64, 128, 256} }

func encode(img image.Image) []byte {
	var b bytes.Buffer
	// A picture of these sizes, written to memory, cannot fail.
	_ = png.Encode(&b, img)
	return b.Bytes()
}
