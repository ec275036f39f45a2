package menu

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/width"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// long is a name that does not fit.
type long struct {
	of   string // the name
	text []rune // what can be shown of it
}

// cutAll shortens the names that are wider than maxName. What is left out is what
// a name shares with its neighbors: those that are alike up to the same word
// near their beginning.
func cutAll(all []long, shown names) {
	slices.SortFunc(all, func(a, b long) int { return slices.Compare(a.text, b.text) })
	for len(all) > 0 {
		head := headWords(all[0].text)
		n := 1
		for n < len(all) && slices.Equal(headWords(all[n].text), head) {
			n++
		}
		cutGroup(all[:n], shown)
		all = all[n:]
	}
}

// cutGroup shortens names that begin alike, in their order: so the shortest
// beginning that two of them share is that of the first and the last, and the
// longest is that of two neighbors.
func cutGroup(group []long, shown names) {
	least := shared(group[0].text, group[len(group)-1].text)
	for i, name := range group {
		most := least
		for _, j := range []int{i - 1, i + 1} {
			if j >= 0 && j < len(group) {
				most = max(most, shared(name.text, group[j].text))
			}
		}
		if len(group) == 1 {
			shown[name.of] = cutMiddle(name.text, maxName)
			continue
		}
		from, to := wordStart(name.text, least), wordEnd(name.text, most)
		shown[name.of] = keep(name.text, withContext(name.text, from, to), to)
	}
}

// enough is how many characters say something by themselves: the 1 of eu-west-1
// does not.
const enough = 8

// withContext is where to begin with the words before from..to, where those are
// too short to be understood.
func withContext(text []rune, from, to int) int {
	for to-from < enough && from > 0 {
		before := wordStart(text, from-1)
		if to-before > maxName/2 {
			break
		}
		from = before
	}
	return from
}

// shared is how many characters two names begin with alike.
func shared(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// keep shortens a name so that what is from..to stays, with as much around it as
// there is room for. Where it is too wide itself, its end is what is left out.
func keep(text []rune, from, to int) string {
	room := maxName - 2 // an ellipsis on either side
	for to > from && columns(string(text[from:to])) > room {
		to--
	}
	room -= columns(string(text[from:to]))
	head, tail := 0, len(text)
	for half := room / 2; head < from && columns(string(text[head])) <= half; head++ {
		half -= columns(string(text[head]))
		room -= columns(string(text[head]))
	}
	for tail > to && columns(string(text[tail-1])) <= room {
		tail--
		room -= columns(string(text[tail]))
	}
	for head < from && columns(string(text[head])) <= room {
		room -= columns(string(text[head]))
		head++
	}
	var b strings.Builder
	b.WriteString(string(text[:head]))
	gap(&b, head, from)
	b.WriteString(string(text[from:to]))
	gap(&b, to, tail)
	b.WriteString(string(text[tail:]))
	return b.String()
}

func gap(b *strings.Builder, from, to int) {
	if from < to {
		b.WriteString("…")
	}
}

// cutMiddle leaves out the middle of a name that is like no other and wider than most.
func cutMiddle(text []rune, most int) string {
	if columns(string(text)) <= most {
		return string(text)
	}
	head, tail := 0, len(text)
	for room := most / 2; room >= columns(string(text[head])); head++ {
		room -= columns(string(text[head]))
	}
	for room := most/2 - 1; room >= columns(string(text[tail-1])); tail-- {
		room -= columns(string(text[tail-1]))
	}
	return string(text[:head]) + "…" + string(text[tail:])
}

// wordStart is where the word begins that has the character at; wordEnd is where
// it ends.
func wordStart(text []rune, at int) int {
	for at > 0 && !separates(text[at-1]) {
		at--
	}
	return at
}

func wordEnd(text []rune, at int) int {
	for at < len(text) && !separates(text[at]) {
		at++
	}
	return at
}

func separates(r rune) bool { return strings.ContainsRune("-_./ :@+", r) }

// headWords is the beginning of a name that is shown however it is cut: whole
// words within a quarter of the room, or as many characters.
func headWords(text []rune) []rune {
	n := min(len(text), maxName/4)
	for end := n; end > 0; end-- {
		if separates(text[end-1]) {
			return text[:end]
		}
	}
	return text[:n]
}

// harmless is a name without the characters that cannot be shown.
func harmless(name string) []rune {
	var shown []rune
	for _, r := range name {
		if vaultcore.Printable(string(r)) != "" {
			shown = append(shown, r)
		}
	}
	return shown
}

// columns is how wide a text is: a Chinese, Japanese or Korean character and an
// emoji take two columns, all others one.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// What a right-to-left name is put between, so that the rest of its row stays
// where it is.
const (
	isolate    = "\u2068" // the direction of what follows is its own
	endIsolate = "\u2069"
	leftFirst  = "\u200e" // for hosts that take the direction of a row from its first letter, isolated or not
)

// leftToRight keeps a row with such a name in it the way all rows are.
func leftToRight(title string) string {
	if strings.Contains(title, isolate) {
		return leftFirst + title
	}
	return title
}

// isolated puts a name that is written from right to left between the marks that
// keep it from turning its row around.
func isolated(name string) string {
	for _, r := range name {
		p, _ := bidi.LookupRune(r)
		if class := p.Class(); class == bidi.R || class == bidi.AL || class == bidi.AN {
			return isolate + name + endIsolate
		}
	}
	return name
}
