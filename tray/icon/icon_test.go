package icon

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"testing"
)

// look is how a state looks in a size.
type look struct {
	State
	size int
}

// images and templates have been drawn by the tests, each once.
var (
	images    = make(map[look]*image.NRGBA)
	templates = make(map[look][]byte)
)

// drawn is Image, and template is Template, drawn for the first test that looks at it.
func drawn(s State, size int) *image.NRGBA {
	return once(images, look{s, size}, Image)
}

func template(s State, size int) []byte {
	return once(templates, look{s, size}, Template)
}

func once[P any](all map[look]P, l look, draw func(State, int) P) P {
	picture, ok := all[l]
	if !ok {
		picture = draw(l.State, l.size)
		all[l] = picture
	}
	return picture
}

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

// Two states that a person should tell apart differ in shape, by a good part of
// the picture, even where no color is seen.
func TestStatesDifferInShape(t *testing.T) {
	states := States()
	for _, size := range []int{16, 22, 48} {
		pictures := make(map[State]*image.NRGBA)
		for _, s := range states {
			pictures[s] = decode(t, template(s, size))
		}
		for i, a := range states {
			for _, b := range states[:i] {
				one, two := pictures[a], pictures[b]
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

// The straight edges are sharp in every size: between no two pixels of a side is
// one that is half of each.
func TestSharp(t *testing.T) {
	for _, size := range TraySizes() {
		img := drawn(Active, size)
		y := size / 3
		for x := range size {
			c := img.NRGBAAt(x, y)
			if c != blue.body && c != blue.rim && c != halo && c != clear {
				t.Errorf("at %d: the pixel %d, %d is %v", size, x, y, c)
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
		want := drawn(Ending, size).NRGBAAt(size/2-1, size/2)
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
			img := drawn(s, size)
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
