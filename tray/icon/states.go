package icon

import "image/color"

// State is what the icon shows.
type State string

// The states of the icon.
const (
	Idle   State = "idle"   // an outline: no session
	Active State = "active" // filled: a session lives
	Ending State = "ending" // filled, with a notch: a session ends soon
	Asking State = "asking" // filled, with a dot: a question waits
	Locked State = "locked" // an outline, with a bar
)

// States returns every state.
func States() []State { return []State{Idle, Active, Ending, Asking, Locked} }

// The inks. Both have a contrast of at least 3 to a white panel and to a nearly
// black one.
var (
	body   = color.NRGBA{0x2f, 0x80, 0xe0, 0xff}
	accent = color.NRGBA{0xe0, 0x4f, 0x3a, 0xff}
	clear  = color.NRGBA{}
)

// point is a place in the square of 16 units, from its top left corner.
type point struct{ x, y float64 }

// shape says which points belong to it.
type shape interface{ has(point) bool }

// layer is one shape in one ink; a later layer covers an earlier one, and the
// ink clear cuts it away.
type layer struct {
	shape shape
	ink   color.NRGBA
}

// shield is the outer edge and hollow the inner edge of the outline.
var (
	shield = polygon{{3.2, 1}, {12.8, 1}, {14, 2.2}, {14, 9.3}, {8, 15.3}, {2, 9.3}, {2, 2.2}}
	hollow = polygon{{4, 3}, {12, 3}, {12, 8.3}, {8, 12.3}, {4, 8.3}}
)

// drawing is what a state looks like.
func drawing(s State) []layer {
	filled := layer{shield, body}
	switch s {
	case Active:
		return []layer{filled}
	case Ending:
		return []layer{filled, {polygon{{3.3, 0}, {12.7, 0}, {8, 6.7}}, clear}}
	case Asking:
		return []layer{filled, {circle{point{12, 4}, 4.6}, clear}, {circle{point{12, 4}, 3.2}, accent}}
	case Locked:
		return []layer{filled, {hollow, clear}, {polygon{{2, 5}, {14, 5}, {14, 8}, {2, 8}}, body}}
	default:
		return []layer{filled, {hollow, clear}}
	}
}

// polygon is a closed line through its corners.
type polygon []point

func (p polygon) has(at point) bool {
	inside := false
	for i, a := range p {
		b := p[(i+1)%len(p)]
		if (a.y > at.y) != (b.y > at.y) && at.x < (b.x-a.x)*(at.y-a.y)/(b.y-a.y)+a.x {
			inside = !inside
		}
	}
	return inside
}

type circle struct {
	center point
	radius float64
}

func (c circle) has(at point) bool {
	x, y := at.x-c.center.x, at.y-c.center.y
	return x*x+y*y < c.radius*c.radius
}
