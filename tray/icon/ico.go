package icon

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"
)

// ICO is a state for a Windows tray, in the sizes that its scalings ask for.
func ICO(s State) []byte {
	return ico(func(size int) *image.NRGBA { return Image(s, size) }, traySizes...)
}

// traySizes are those that a scaled tray asks for.
var traySizes = []int{16, 20, 24, 32, 40, 48, 64}

// AppICO is the program's own icon, for its file on Windows.
func AppICO() []byte {
	return ico(func(size int) *image.NRGBA { return Image(Active, size) }, append(slices.Clone(traySizes), large)...)
}

// large is from what size on a picture is a PNG: as a bitmap it would be 270 kB, and
// Windows reads both.
const large = 256

// ico is a picture in some sizes.
func ico(draw func(size int) *image.NRGBA, sizes ...int) []byte {
	var head, bodies bytes.Buffer
	offset := 6 + 16*len(sizes)
	put(&head, uint16(0), uint16(1), uint16(len(sizes)))
	for _, size := range sizes { // 256 is written as 0
		img := draw(size)
		picture := bitmap(img)
		if size >= large {
			picture = encode(img)
		}
		put(&head, uint8(size), uint8(size), uint8(0), uint8(0), uint16(1), uint16(32),
			uint32(len(picture)), uint32(offset+bodies.Len()))
		bodies.Write(picture)
	}
	return append(head.Bytes(), bodies.Bytes()...)
}

// bitmap is one picture of an ICO: a header, the pixels from the bottom row up,
// and a mask that is empty since the pixels carry their own transparency.
func bitmap(img *image.NRGBA) []byte {
	size := img.Rect.Dx()
	mask := (size + 31) / 32 * 4 * size
	var b bytes.Buffer
	put(&b, uint32(40), uint32(size), uint32(2*size), uint16(1), uint16(32), uint32(0),
		uint32(4*size*size+mask), uint32(0), uint32(0), uint32(0), uint32(0))
	for y := size - 1; y >= 0; y-- {
		for x := range size {
			c := img.NRGBAAt(x, y)
			b.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	b.Write(make([]byte, mask))
	return b.Bytes()
}

// put writes numbers as an ICO has them. Writing to memory cannot fail.
func put(b *bytes.Buffer, numbers ...any) {
	for _, n := range numbers {
		_ = binary.Write(b, binary.LittleEndian, n)
	}
}
