package icon

import "testing"

// The mark is red in the middle and nothing at its corners; without it there is nothing.
func TestMark(t *testing.T) {
	for _, size := range []int{16, 24, 64} {
		shown, blank := dot(true, size), dot(false, size)
		if shown.NRGBAAt(size/2, size/2) != protectedRed || shown.NRGBAAt(0, 0).A != 0 || blank.NRGBAAt(size/2, size/2).A != 0 {
			t.Errorf("at %d pixels it is %v", size, shown.NRGBAAt(size/2, size/2))
		}
	}
	if len(Mark(true)) == 0 || string(Mark(true)) == string(Mark(false)) {
		t.Error("the pictures are the same")
	}
}
