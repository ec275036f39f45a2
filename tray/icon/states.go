package icon

import "image/color"

// State is what the icon shows.
type State string

// The states of the icon.
const (
	Idle   State = "idle"   // an outline: no session
	Active State = "active" // filled: a session lives
	Ending State = "ending" // amber, with a notch: a session ends soon
	Asking State = "asking" // filled, with a dot: a question waits
	Locked State = "locked" // gray, with a keyhole
)

// States returns every state.
func States() []State { return []State{Idle, Active, Ending, Asking, Locked} }

// inks are the colors of one state: a light body with a dark rim stands out from
// dark panels by its body and from light ones by its rim.
type inks struct{ body, rim color.NRGBA }

var (
	blue  = inks{color.NRGBA{0x3b, 0x8c, 0xf0, 0xff}, color.NRGBA{0x0b, 0x35, 0x78, 0xff}}
	amber = inks{color.NRGBA{0xff, 0xb0, 0x1f, 0xff}, color.NRGBA{0x7a, 0x40, 0x00, 0xff}}
	slate = inks{color.NRGBA{0x7d, 0x8a, 0x9c, 0xff}, color.NRGBA{0x2c, 0x36, 0x44, 0xff}}

	red  = color.NRGBA{0xb5, 0x12, 0x1b, 0xff} // of the dot
	halo = color.NRGBA{0xff, 0xff, 0xff, 0xff} // around everything: on a panel of the icon's own color it is the edge

	clear = color.NRGBA{}
)

func inksOf(s State) inks {
	switch s {
	case Ending:
		return amber
	case Locked:
		return slate
	default:
		return blue
	}
}

// picture is a state drawn on the grid of one size: what is there, by how far a
// point lies outside each part of it.
type picture struct {
	state State
	grid  grid
	inks  inks

	shield              outline
	notch, keyhole, dot shape
}

func lay(s State, size int) picture {
	g := newGrid(size)
	return picture{
		state: s, grid: g, inks: inksOf(s),
		shield: g.shield(), notch: g.notch(), keyhole: g.keyhole(), dot: g.dot(),
	}
}

// near is what of a picture matters to the points of one pixel.
func (p picture) near(middle point) picture {
	p.shield = p.shield.near(middle, 0.75) // a corner is 0.71 away
	return p
}

// body is how far a point lies outside the body; below zero it is inside.
func (p picture) body(at point) float64 {
	outside := p.shield.distance(at)
	switch p.state {
	case Idle:
		return max(outside, -(outside + p.grid.stroke))
	case Ending:
		return max(outside, -p.notch.distance(at))
	case Asking:
		return max(outside, -(p.dot.distance(at) - p.grid.halo))
	default:
		return outside
	}
}

// ink is the color at a point.
func (p picture) ink(at point) color.NRGBA {
	body := p.body(at)
	edge := body
	if p.state == Asking {
		dot := p.dot.distance(at)
		if dot <= 0 {
			return red
		}
		edge = min(body, dot)
	}
	switch {
	case p.state == Locked && p.keyhole.distance(at) <= 0:
		return halo
	case p.state == Idle && body <= 0 && p.shield.distance(at) <= -p.grid.rim:
		return p.inks.body // its line is too narrow for a rim on both sides
	case body <= -p.grid.rim:
		return p.inks.body
	case body <= 0:
		return p.inks.rim
	case edge <= p.grid.halo:
		return halo
	default:
		return clear
	}
}

// stencil is whether a point is black in a template: what is there, without a
// halo.
func (p picture) stencil(at point) bool {
	switch {
	case p.state == Locked:
		return p.body(at) <= 0 && p.keyhole.distance(at) > 0
	case p.state == Asking:
		return p.body(at) <= 0 || p.dot.distance(at) <= 0
	default:
		return p.body(at) <= 0
	}
}
