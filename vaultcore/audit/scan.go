package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// Scan reads the trail in a folder, oldest first, calls each with every line that can be
// read, and reports whether it is as it was written. each may be nil. The error is
// that of reading files.
func Scan(folder string, each func(record.Line)) (record.Report, error) {
	return scan(folder, keptFiles, each)
}

func scan(folder string, kept int, each func(record.Line)) (record.Report, error) {
	before, known, damaged := readHead(folder) // first: what is written meanwhile is beyond it
	names, others, err := record.List(folder)
	if err != nil {
		return record.Report{}, err
	}
	s := scanner{each: each, head: before}
	for _, name := range others {
		s.damage(name, 0, noFile)
	}
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

// noFile is said of what only has the name of one of the trail's files.
const noFile = "not a trail file: a link, a folder, or too large"

// scanner is one look.
type scanner struct {
	record.Report
	hash       string // of the last line
	each       func(record.Line)
	head       head
	met        bool  // the line that the head names was there as it says
	unreadable int64 // lines just before
}

func (s *scanner) damage(file string, line int, format string, args ...any) {
	s.Damage = append(s.Damage, record.Damage{File: file, Line: line, What: fmt.Sprintf(format, args...)})
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
	e, body, hash, err := record.Parse(text)
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
		s.damage(file, n, "%s missing before this one", lines(missing, "is", "are"))
	case s.Lines > 0 && missing < 0:
		s.damage(file, n, "this line is out of order")
	case after: // what it is chained to is not known
	case chained(previous, body) != hash, s.Lines > 0 && e.Previous != "" && e.Previous != s.hash:
		s.damage(file, n, "this line or the one before it was changed")
	}
	s.Lines, s.Last, s.hash = s.Lines+1, e.Number, hash
	if e.Kind == record.Record {
		s.Notes = append(s.Notes, e)
	}
	s.met = s.met || e.Number == s.head.number && hash == s.head.hash
	if s.each != nil {
		s.each(record.Line{Entry: e, Text: text})
	}
}

// compare holds the lines against the head.
func (s *scanner) compare(known bool, damaged error) {
	switch {
	case damaged != nil:
		s.damage(headFile, 0, "%v", damaged)
	case !known && s.Lines > 0:
		s.damage(headFile, 0, "it is missing, so it is unknown how far the trail went")
	case !known:
	case s.head.number > s.Last:
		s.damage("", 0, "%s missing at the end", lines(s.head.number-s.Last, "is", "are"))
	case s.head.number > 0 && !s.met:
		s.damage("", 0, "line %d is not the one that was written", s.head.number)
	}
}

// lines are a number of lines and the verb after them, for one and for more.
func lines(n int64, one, more string) string {
	if n == 1 {
		return "1 line " + one
	}
	return fmt.Sprintf("%d lines %s", n, more)
}
