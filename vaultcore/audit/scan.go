package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// Report is what a look at the whole trail found.
type Report struct {
	Files, Lines int
	First, Last  int64 // the numbers of the first and the last line; 0 where there is none
	// Torn is how many bytes are a line that is not whole at the end: the app was killed
	// as it wrote, or is writing.
	Torn   int
	Damage []Damage
	Notes  []Entry // what the trail says of itself: that it was torn or damaged before, and what was lost

	hash string // of the last line
}

// Damage is a place at which the trail is not as it was written.
type Damage struct {
	File string // its name; empty for the trail as a whole
	Line int    // in the file, from 1; 0 for the file as a whole
	What string // what is wrong, without a full stop
}

// String says it in one line.
func (d Damage) String() string {
	switch {
	case d.File == "":
		return d.What
	case d.Line == 0:
		return d.File + ": " + d.What
	default:
		return fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.What)
	}
}

// Line is an entry, and the line that it was read from.
type Line struct {
	Entry
	Text []byte // valid until the next line
}

// Scan reads the trail in a folder, oldest first, calls each with every line that can be
// read, and reports whether it is as it was written. each may be nil. The error is
// that of reading files.
func Scan(folder string, each func(Line)) (Report, error) { return scan(folder, keptFiles, each) }

func scan(folder string, kept int, each func(Line)) (Report, error) {
	before, known, damaged := readHead(folder) // first: what is written meanwhile is beyond it
	names, err := files(folder)
	if err != nil {
		return Report{}, err
	}
	s := scanner{each: each, head: before}
	for i, name := range names {
		if err := s.file(filepath.Join(folder, name), i == len(names)-1); err != nil {
			return s.Report, err
		}
	}
	if s.First > 1 && s.Files < kept-1 { // one less for a moment, as a new one begins
		s.damage("", 0, "the lines before number %d are missing", s.First)
	}
	s.compare(known, damaged)
	return s.Report, nil
}

// scanner is one look.
type scanner struct {
	Report
	each       func(Line)
	head       head
	met        bool  // the line that the head names was there as it says
	unreadable int64 // lines just before
}

func (s *scanner) damage(file string, line int, format string, args ...any) {
	s.Damage = append(s.Damage, Damage{file, line, fmt.Sprintf(format, args...)})
}

// file reads one file.
func (s *scanner) file(path string, last bool) error {
	file, err := atomicfile.OpenPlain(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	s.Files++
	name, reader := filepath.Base(path), bufio.NewReaderSize(file, 1<<16)
	for n := 1; ; n++ {
		text, err := reader.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(text) == 0:
			return nil
		case errors.Is(err, io.EOF) && last:
			s.Torn = len(text)
			return nil
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		s.line(name, n, bytes.TrimSuffix(text, []byte("\n")))
	}
}

// line takes in one line. After damage the chain goes on from what the line says of
// itself, so that one change is found once.
func (s *scanner) line(file string, n int, text []byte) {
	e, body, hash, err := parse(text)
	if err != nil {
		s.damage(file, n, "%v", err)
		s.unreadable++
		return
	}
	after := s.unreadable > 0
	missing := e.Number - s.Last - 1 - s.unreadable
	previous := s.hash
	s.unreadable = 0
	if s.Lines == 0 {
		s.First, previous = e.Number, e.Previous
		if e.Number == 1 {
			previous = genesis
		}
	}
	switch {
	case s.Lines > 0 && missing > 0:
		s.damage(file, n, "%s missing before it", lines(missing))
	case s.Lines > 0 && missing < 0:
		s.damage(file, n, "it is out of order")
	case after: // what it is chained to is not known
	case chained(previous, body) != hash, s.Lines > 0 && e.Previous != "" && e.Previous != s.hash:
		s.damage(file, n, "it was changed, or the one before it")
	}
	s.Lines, s.Last, s.hash = s.Lines+1, e.Number, hash
	if e.Kind == Record {
		s.Notes = append(s.Notes, e)
	}
	s.met = s.met || e.Number == s.head.number && hash == s.head.hash
	if s.each != nil {
		s.each(Line{e, text})
	}
}

// compare holds the lines against the head.
func (s *scanner) compare(known bool, damaged error) {
	switch {
	case damaged != nil:
		s.damage(headFile, 0, "%v", damaged)
	case !known && s.Lines > 0:
		s.damage(headFile, 0, "it is missing: nothing says how far the trail went")
	case !known:
	case s.head.number > s.Last:
		s.damage("", 0, "%s missing at the end", lines(s.head.number-s.Last))
	case !s.met:
		s.damage("", 0, "line %d is not the one that was written", s.head.number)
	}
}

func lines(n int64) string {
	if n == 1 {
		return "1 line is"
	}
	return fmt.Sprintf("%d lines are", n)
}
