package icon

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// panels are what the icon must stand out from: those of desktops as they come,
// one of the icon's own color, and one in the middle between black and white.
var panels = []color.NRGBA{
	{0xff, 0xff, 0xff, 0xff}, // white
	{0xef, 0xf0, 0xf1, 0xff}, // Plasma, light
	{0x00, 0x00, 0x00, 0xff}, // GNOME
	{0x31, 0x36, 0x3b, 0xff}, // Plasma, dark
	{0x80, 0x80, 0x80, 0xff}, // gray
	{0x29, 0x80, 0xb9, 0xff}, // waybar's tray
	{0x3b, 0x8c, 0xf0, 0xff}, // the icon's own
	{0xe9, 0xb0, 0x4a, 0xff}, // amber
}

// sheet is every state in every size on every panel.
func sheet() *image.NRGBA {
	const gap = 6
	width, height := gap, gap
	for _, size := range TraySizes() {
		height += size + gap
	}
	for range States() {
		width += 48 + gap
	}
	all := image.NewNRGBA(image.Rect(0, 0, 4*width, 2*height))
	for i, panel := range panels {
		corner := image.Pt(i%4*width, i/4*height)
		draw.Draw(all, image.Rectangle{corner, corner.Add(image.Pt(width, height))}, image.NewUniform(panel), image.Point{}, draw.Src)
		y := gap
		for _, size := range TraySizes() {
			for j, s := range States() {
				at := corner.Add(image.Pt(gap+j*(48+gap), y))
				draw.Draw(all, image.Rectangle{at, at.Add(image.Pt(size, size))}, drawn(s, size), image.Point{}, draw.Over)
			}
			y += size + gap
		}
	}
	return all
}

// TestSheet holds every pixel: look at testdata/sheet.png after a change.
func TestSheet(t *testing.T) {
	row := image.NewNRGBA(image.Rect(0, 0, 36*len(States()), 36))
	for i, s := range States() {
		draw.Draw(row, image.Rect(36*i, 0, 36*i+36, 36), decode(t, template(s, 36)), image.Point{}, draw.Src)
	}
	for name, got := range map[string]*image.NRGBA{"sheet.png": sheet(), "templates.png": row} {
		want := decode(t, golden.File(t, name, encode(got)))
		for i := range got.Pix {
			// How a machine rounds a hair is not ours to hold.
			if d := int(got.Pix[i]) - int(want.Pix[i]); d < -2 || d > 2 {
				t.Fatalf("%s differs at %d, %d; if it is meant, run the test with -update", name, i/4%got.Rect.Dx(), i/4/got.Rect.Dx())
			}
		}
	}
}
