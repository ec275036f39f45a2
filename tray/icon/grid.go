package icon

import "math"

// units is the side of the square in which the icon is thought out.
const units = 16

// grid fits the icon to the pixels of one size: straight edges and lines lie
// between two pixels, so that they are sharp.
type grid struct {
	size   float64
	halo   float64 // how wide the halo is
	stroke float64 // how wide the line of an outline is
	rim    float64 // how wide the dark edge of a body is
}

func newGrid(size int) grid {
	g := grid{size: float64(size)}
	g.halo = max(1, math.Floor(g.scaled(1)))
	g.stroke = max(2, g.snap(2))
	g.rim = max(1, math.Floor(g.scaled(1)))
	return g
}

// scaled is a length in pixels; snap is the nearest place between two of them.
func (g grid) scaled(v float64) float64 { return v * g.size / units }
func (g grid) snap(v float64) float64   { return math.Round(g.scaled(v)) }

// shield is the outer edge: flat at the top, straight at the sides, pointed below.
func (g grid) shield() outline {
	left, top, bottom := g.snap(2), max(g.snap(1), g.halo), min(g.snap(15), g.size-g.halo)
	right, middle, waist := g.size-left, g.size/2, g.scaled(7.5)
	corner := g.scaled(1.6)
	var o corners
	o.curve(point{left, top + corner}, point{left, top}, point{left + corner, top})
	o.curve(point{right - corner, top}, point{right, top}, point{right, top + corner})
	o.curve(point{right, waist}, point{right, g.scaled(12.2)}, point{middle, bottom})
	o.curve(point{middle, bottom}, point{left, g.scaled(12.2)}, point{left, waist})
	return o.closed()
}

// notch is a wedge from above, as wide as it is deep.
func (g grid) notch() outline {
	middle, half, top, deep := g.size/2, g.snap(2.9), g.snap(1), g.snap(6)
	return corners{{middle - half, -g.size}, {middle + half, -g.size}, {middle + half, top}, {middle, deep}, {middle - half, top}}.closed()
}

// keyhole is a disc, and a skirt below it.
func (g grid) keyhole() shapes {
	middle, center := g.size/2, g.snap(6)
	radius := max(2, math.Round(g.scaled(2)))
	narrow, wide, bottom := radius/2, max(1.5, g.scaled(1.6)), g.snap(11)
	return shapes{disc{point{middle, center}, radius}, corners{
		{middle - narrow, center}, {middle + narrow, center}, {middle + wide, bottom}, {middle - wide, bottom},
	}.closed()}
}

// dot is at the upper right.
func (g grid) dot() disc {
	radius := math.Round(g.scaled(3.2)*2) / 2
	return disc{point{g.size - g.halo - radius, g.halo + radius}, radius}
}

// point is a place in pixels, from the top left corner.
type point struct{ x, y float64 }

// shape says how far a point lies outside of it; below zero it is inside.
type shape interface{ distance(point) float64 }

// shapes are several in one.
type shapes []shape

func (s shapes) distance(at point) float64 {
	nearest := math.MaxFloat64
	for _, one := range s {
		nearest = min(nearest, one.distance(at))
	}
	return nearest
}

// corners are those of an outline, in their order.
type corners []point

// curve adds a curve from one point to another, drawn to a third.
func (c *corners) curve(from, by, to point) {
	const steps = 8
	for i := range steps + 1 {
		t := float64(i) / steps
		*c = append(*c, point{
			(1-t)*(1-t)*from.x + 2*t*(1-t)*by.x + t*t*to.x,
			(1-t)*(1-t)*from.y + 2*t*(1-t)*by.y + t*t*to.y,
		})
	}
}

func (c corners) closed() outline {
	lines := make([]line, len(c))
	for i, from := range c {
		lines[i] = line{from, c[(i+1)%len(c)]}
	}
	return outline{lines, lines}
}

// line is a straight one between two points.
type line struct{ from, to point }

// outline is a closed line. A point is inside where a ray from it crosses an odd number of
// lines.
type outline struct{ crossed, nearest []line }

func (o outline) distance(at point) float64 {
	inside, nearest := false, math.MaxFloat64
	for _, l := range o.crossed {
		a, b := l.from, l.to
		if (a.y > at.y) != (b.y > at.y) && at.x < (b.x-a.x)*(at.y-a.y)/(b.y-a.y)+a.x {
			inside = !inside
		}
	}
	for _, l := range o.nearest {
		nearest = min(nearest, toLine(at, l.from, l.to))
	}
	if inside {
		return -math.Sqrt(nearest)
	}
	return math.Sqrt(nearest)
}

// near is what of the outline matters to all points that are so near to one: their distance
// is the same. A line further off than the nearest by twice that is the nearest to none of
// them.
func (o outline) near(at point, reach float64) outline {
	furthest := math.Abs(o.distance(at)) + 2*reach
	var n outline
	for _, l := range o.crossed {
		if min(l.from.y, l.to.y) <= at.y+reach && max(l.from.y, l.to.y) >= at.y-reach {
			n.crossed = append(n.crossed, l)
		}
	}
	for _, l := range o.nearest {
		if toLine(at, l.from, l.to) <= furthest*furthest {
			n.nearest = append(n.nearest, l)
		}
	}
	return n
}

// toLine is how far a point is from the line between two others, squared.
func toLine(at, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = min(1, max(0, ((at.x-a.x)*dx+(at.y-a.y)*dy)/length))
	}
	x, y := at.x-a.x-t*dx, at.y-a.y-t*dy
	return x*x + y*y
}

type disc struct {
	center point
	radius float64
}

func (d disc) distance(at point) float64 {
	return math.Hypot(at.x-d.center.x, at.y-d.center.y) - d.radius
}
