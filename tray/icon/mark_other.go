//go:build !windows

package icon

// markSize is how large the mark is in pixels; menus show it as large as their text.
const markSize = 16

func mark(shown bool) []byte { return encode(dot(shown, markSize)) }
