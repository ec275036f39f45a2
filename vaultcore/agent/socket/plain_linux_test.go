package socket

import (
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// TestWhenQuiet: a read to which nothing comes says so, once, and goes on; one that is
// answered says nothing.
func TestWhenQuiet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, early := range []bool{true, false} {
		c, err := connect(path)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		answer := func() {
			if _, err := io.WriteString(theirs, "answer"); err != nil {
				t.Error(err)
			}
			_ = theirs.Close()
		}
		noted := 0
		if early {
			answer()
			c.WhenQuiet(time.Hour, func() { noted++ })
		} else {
			c.WhenQuiet(time.Millisecond, func() { noted++; go answer() })
		}
		got, err := io.ReadAll(c)
		if string(got) != "answer" || err != nil || (noted == 1) == early {
			t.Errorf("early %v: %q, %v, told %d times", early, got, err, noted)
		}
		_ = c.Close()
	}
}
