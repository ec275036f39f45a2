package icon

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"testing"
)

// leastContrast is that of WCAG 2.1, success criterion 1.4.11, for the parts of a picture
// that a person needs to understand it.
const leastContrast = 3.0

// luminance is the relative luminance of WCAG, from 0 (black) to 1 (white).
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

// contrast is that of WCAG between two luminances, from 1 to 21.
func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// TestStandsOut holds that the shape of each state is seen on each panel: all along its
// edge, at the keyhole, the notch and the dot too, what lies on the two sides has the
// contrast with each other; and where the picture ends, something drawn there has it with
// the panel.
func TestStandsOut(t *testing.T) {
	for _, s := range States() {
		for _, size := range TraySizes() {
			picture, edges := drawn(s, size), edgesOf(decode(t, template(s, size)), int(newGrid(size).halo+newGrid(size).rim)+1)
			for _, panel := range panels {
				behind, shown := luminance(panel), luminances(picture, panel)
				fromPanel, within := math.Inf(1), math.Inf(1)
				for _, e := range edges {
					in, out := of(shown, e.in), of(shown, e.out)
					within = min(within, max(contrast(slices.Max(in), slices.Min(out)), contrast(slices.Min(in), slices.Max(out))))
					if slices.Contains(out, behind) {
						near := append(in, out...)
						fromPanel = min(fromPanel, max(contrast(slices.Max(near), behind), contrast(slices.Min(near), behind)))
					}
				}
				if fromPanel < leastContrast || within < leastContrast {
					t.Errorf("%s at %d on %v has contrast %.2f with the panel, and %.2f within; the least is %.0f", s, size, panel, fromPanel, within, leastContrast)
				}
			}
		}
	}
}

// luminances are those of the pixels of a picture, as a panel of a color shows it.
func luminances(picture image.Image, panel color.NRGBA) []float64 {
	img := image.NewNRGBA(picture.Bounds())
	draw.Draw(img, img.Rect, image.NewUniform(panel), image.Point{}, draw.Src)
	draw.Draw(img, img.Rect, picture, image.Point{}, draw.Over)
	var all []float64
	for i := 0; i < len(img.Pix); i += 4 {
		all = append(all, luminance(color.NRGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 0xff}))
	}
	return all
}

// border is a place where a shape ends: the pixels near it of the shape, and the others.
type border struct{ in, out []int }

// edgesOf are the places where the shape of a template ends, with what is so near to them.
func edgesOf(template *image.NRGBA, near int) (edges []border) {
	inside := func(x, y int) bool { return template.NRGBAAt(x, y).A > 127 }
	size := template.Rect.Dx()
	for i := range size * size {
		x, y := i%size, i/size
		if !inside(x, y) || inside(x-1, y) && inside(x+1, y) && inside(x, y-1) && inside(x, y+1) {
			continue
		}
		var e border
		around := image.Rect(x-near, y-near, x+near+1, y+near+1).Intersect(template.Rect)
		for py := around.Min.Y; py < around.Max.Y; py++ {
			for px := around.Min.X; px < around.Max.X; px++ {
				if inside(px, py) {
					e.in = append(e.in, py*size+px)
				} else {
					e.out = append(e.out, py*size+px)
				}
			}
		}
		edges = append(edges, e)
	}
	return edges
}

// of are some of the luminances.
func of(all []float64, some []int) (these []float64) {
	for _, i := range some {
		these = append(these, all[i])
	}
	return these
}
