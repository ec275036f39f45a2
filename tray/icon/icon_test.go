package icon

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// panels are what the icon must stand out from.
var panels = map[string]color.NRGBA{"light": {0xff, 0xff, 0xff, 0xff}, "dark": {0x20, 0x20, 0x20, 0xff}}

func decode(t *testing.T, data []byte) *image.NRGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	for _, s := range States() {
		pictures := map[string][]byte{"template-36": Template(s, 36)}
		for _, size := range []int{16, 22, 24, 32, 48, 64} {
			pictures[fmt.Sprint(size)] = PNG(s, size)
		}
		for name, data := range pictures {
			file := filepath.Join("testdata", fmt.Sprintf("%s-%s.png", s, name))
			if *update {
				if err := os.WriteFile(file, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// Pixels, not bytes: how well a PNG is packed is not ours to hold.
			if !bytes.Equal(decode(t, data).Pix, decode(t, want).Pix) {
				t.Errorf("%s differs; -update rewrites it", file)
			}
		}
	}
}

func TestTrayPixelsAreOpaqueOrNotThere(t *testing.T) {
	for _, s := range States() {
		for size := 16; size <= 64; size++ {
			pix := decode(t, PNG(s, size)).Pix
			for i := 3; i < len(pix); i += 4 {
				if pix[i] != 0 && pix[i] != 255 {
					t.Fatalf("%s at %d: a pixel of opacity %d", s, size, pix[i])
				}
			}
		}
	}
}

// Two states that a person should tell apart differ in shape, by a good part of
// the picture, even where no colour is seen.
func TestStatesDifferInShape(t *testing.T) {
	states := States()
	for _, size := range []int{16, 22, 48} {
		for i, a := range states {
			for _, b := range states[:i] {
				one, two := decode(t, Template(a, size)), decode(t, Template(b, size))
				differ := 0
				for p := 3; p < len(one.Pix); p += 4 {
					if (one.Pix[p] > 127) != (two.Pix[p] > 127) {
						differ++
					}
				}
				if least := size * size / 20; differ < least {
					t.Errorf("%s and %s differ in %d pixels of %d at %d", a, b, differ, size*size, size)
				}
			}
		}
	}
}

// At 16 pixels, on which everything is laid out, soft and hard edges of the
// straight parts are one.
func TestSharpAtSixteen(t *testing.T) {
	for _, s := range []State{Idle, Active, Locked} {
		img := smooth(s, 16)
		for _, x := range []int{2, 3, 8, 13} {
			if a := img.NRGBAAt(x, 2).A; a != 255 {
				t.Errorf("%s: the edge at %d,2 has opacity %d", s, x, a)
			}
		}
	}
}

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

func TestStandsOutFromPanels(t *testing.T) {
	for name, panel := range panels {
		for _, ink := range []color.NRGBA{body, accent} {
			a, b := luminance(ink)+0.05, luminance(panel)+0.05
			if contrast := max(a, b) / min(a, b); contrast < 3 {
				t.Errorf("%v on the %s panel has contrast %.2f", ink, name, contrast)
			}
		}
	}
}

func TestICO(t *testing.T) {
	data := ICO(Ending)
	if kind := binary.LittleEndian.Uint16(data[2:]); kind != 1 {
		t.Fatalf("kind %d", kind)
	}
	count := int(binary.LittleEndian.Uint16(data[4:]))
	end := 6 + 16*count
	for i := range count {
		entry := data[6+16*i:]
		size, length, offset := int(entry[0]), int(binary.LittleEndian.Uint32(entry[8:])), int(binary.LittleEndian.Uint32(entry[12:]))
		if offset != end {
			t.Fatalf("picture %d starts at %d, not %d", i, offset, end)
		}
		end += length
		picture := data[offset : offset+length]
		if w, h := binary.LittleEndian.Uint32(picture[4:]), binary.LittleEndian.Uint32(picture[8:]); int(w) != size || int(h) != 2*size {
			t.Errorf("picture %d is %d x %d", size, w, h)
		}
		// The last row comes first, blue before red.
		want := smooth(Ending, size).NRGBAAt(size/2-1, size/2)
		got := picture[40+4*((size-1-size/2)*size+size/2-1):]
		if got[0] != want.B || got[1] != want.G || got[2] != want.R || got[3] != want.A {
			t.Errorf("picture %d has %v in its middle, not %v", size, got[:4], want)
		}
	}
	if end != len(data) {
		t.Errorf("%d bytes, of which pictures are %d", len(data), end)
	}
}

func TestSetDrawsOnce(t *testing.T) {
	set := New()
	for _, s := range States() {
		if one, two := set.For(s), set.For(s); len(one) == 0 || &one[0] != &two[0] {
			t.Errorf("%s is drawn each time", s)
		}
	}
}

// What is symmetric in its description is so to the pixel, also where an edge
// runs through the middles of pixels.
func TestSymmetric(t *testing.T) {
	for _, s := range []State{Idle, Active, Ending, Locked} {
		for _, size := range []int{16, 20, 22, 24, 32, 36, 48, 64} {
			img := hard(s, size)
			for y := range size {
				for x := range size / 2 {
					if img.NRGBAAt(x, y) != img.NRGBAAt(size-1-x, y) {
						t.Errorf("%s at %d: %d,%d and its mirror differ", s, size, x, y)
					}
				}
			}
		}
	}
}
