package x11

import (
	"errors"
	"image"

	"github.com/jezek/xgb/xproto"
)

// Image is what the screen shows now.
func (d *Display) Image() (*image.RGBA, error) {
	width, height := d.Size()
	const allPlanes = 0xffffffff
	reply, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.screen.Root),
		0, 0, uint16(width), uint16(height), allPlanes).Reply()
	if err != nil {
		return nil, err
	}
	if reply == nil {
		return nil, ErrGone
	}
	if len(reply.Data) < 4*width*height {
		return nil, errors.New("only a screen of 24 bits a pixel can be read")
	}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := 0; i+3 < len(picture.Pix); i += 4 { // the server has blue first
		from, to := reply.Data[i:i+4], picture.Pix[i:i+4]
		to[0], to[1], to[2], to[3] = from[2], from[1], from[0], 255
	}
	return picture, nil
}
