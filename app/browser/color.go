package browser

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Color is the color of a window: "#rrggbb".
type Color string

// palette is the colors that have a name: those of Firefox containers.
var palette = [...]struct {
	name  string
	color Color
}{
	{"red", "#d70022"}, {"orange", "#ff9400"}, {"yellow", "#ffe900"}, {"green", "#12bc00"},
	{"turquoise", "#00c8d7"}, {"blue", "#0060df"}, {"purple", "#8000d7"}, {"pink", "#ff1ad9"},
}

// ParseColor reads a color as people write it: one of eight names, or "rgb" or
// "rrggbb", with a number sign before it or without. The empty text is no color. It may return: ErrRequest.
func ParseColor(text string) (Color, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return "", nil
	}
	var names []string
	for _, row := range palette {
		if row.name == text {
			return row.color, nil
		}
		names = append(names, row.name)
	}
	digits := strings.TrimPrefix(text, "#")
	if len(digits) == 3 {
		digits = fmt.Sprintf("%[1]c%[1]c%[2]c%[2]c%[3]c%[3]c", digits[0], digits[1], digits[2])
	}
	if _, err := strconv.ParseUint(digits, 16, 32); err != nil || len(digits) != 6 {
		return "", vaultcore.Faultf(vaultcore.ErrRequest, "%q is not a color", vaultcore.Printable(text)).
			WithHint("a color is one of %s, or a number such as cc0000", strings.Join(names, ", "))
	}
	return Color("#" + digits), nil
}

// rgb returns the three parts. The color must be one that ParseColor returned.
func (c Color) rgb() (red, green, blue int) {
	n, _ := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 32) // ParseColor has seen to it
	return int(n >> 16 & 0xff), int(n >> 8 & 0xff), int(n & 0xff)
}

// argb is the color as Chromium keeps it: opaque, in a signed number.
func (c Color) argb() int32 {
	red, green, blue := c.rgb()
	return int32(uint32(0xff)<<24 | uint32(red)<<16 | uint32(green)<<8 | uint32(blue))
}

// ink is the text color that can be read on it.
func (c Color) ink() Color {
	red, green, blue := c.rgb()
	if 299*red+587*green+114*blue > 128*1000 {
		return "#000000"
	}
	return "#ffffff"
}

// container is the name of the nearest color that a container can have.
func (c Color) container() string {
	nearest, least := "", -1
	red, green, blue := c.rgb()
	for _, row := range palette {
		r, g, b := row.color.rgb()
		far := (r-red)*(r-red) + (g-green)*(g-green) + (b-blue)*(b-blue)
		if least < 0 || far < least {
			nearest, least = row.name, far
		}
	}
	return nearest
}
