package inifile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestParse reads every testdata/*.ini and compares what it says with the
// golden file beside it.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ini")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := atomicfile.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, strings.TrimSuffix(filepath.Base(file), ".ini")+".golden", describe(Parse(text)))
		})
	}
}

func describe(file File, err error) string {
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, s := range file.Sections {
		fmt.Fprintf(&b, "%d [%s]\n", s.Line, s.Name)
		if s.Err != nil {
			fmt.Fprintf(&b, "  error: %v\n", s.Err)
		}
		for _, k := range s.Keys {
			fmt.Fprintf(&b, "  %d %s = %q\n", k.Line, k.Name, k.Value)
			for _, n := range k.Nested {
				fmt.Fprintf(&b, "    %d %s = %q\n", n.Line, n.Name, n.Value)
			}
		}
	}
	return b.String()
}

func TestParseBytes(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", "1 []\n"},
		{"byte order mark", "\xef\xbb\xbf[a]\nb=1\n", "1 []\n1 [a]\n  2 b = \"1\"\n"},
		{"windows line ends", "[a]\r\nb = 1\r\n\r\n[c]\r\nd=2", "1 []\n1 [a]\n  2 b = \"1\"\n4 [c]\n  5 d = \"2\"\n"},
		{"utf-16", "\xff\xfe[\x00a\x00]\x00", "error: the file is not UTF-8 text: it is UTF-16\n"},
		{"not utf-8", "[a]\nb = \xe9\n[c]\nd = 1\n", "1 []\n1 [a]\n  error: line 2: it holds characters that are not text\n3 [c]\n  4 d = \"1\"\n"},
		{"zero bytes", "[a]\nb = \x00\x00\n[c]\nd = 1\n", "1 []\n1 [a]\n  error: line 2: it holds characters that are not text\n3 [c]\n  4 d = \"1\"\n"},
		{"tab before a comment", "[a]\nb = 1\t; c\n", "1 []\n1 [a]\n  2 b = \"1\"\n"},
		{"backslash at the end", "[a]\nb = C:\\x\\\nc = 2\n", "1 []\n1 [a]\n  2 b = \"C:\\\\x\\\\\"\n  3 c = \"2\"\n"},
		{"percent and dollar", "[a]\nb = %(c)s $d %d\nc = 2\n", "1 []\n1 [a]\n  2 b = \"%(c)s $d %d\"\n  3 c = \"2\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(Parse([]byte(test.text))); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// TestParseQuotesNoLine holds that errors never show what a line says.
func TestParseQuotesNoLine(t *testing.T) {
	const canary = "CANARYSECRET"
	for _, line := range []string{canary, "\"" + canary, "`" + canary, "x = `" + canary, "x = \"\"\"" + canary, "[" + canary + "\x00", "= " + canary, "- = " + canary, canary + "\x01"} {
		file, err := Parse([]byte("[a]\n" + line + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range file.Sections {
			if s.Err != nil && strings.Contains(s.Err.Error(), canary) {
				t.Errorf("%q is quoted in %q", line, s.Err)
			}
		}
		if last := file.Sections[len(file.Sections)-1]; last.Err == nil {
			t.Errorf("%q was read", line)
		}
	}
}

// TestLimits holds that no text of the allowed size costs without bound: what
// is beyond a limit is refused, what is within it is counted in lines, so the
// work of each line is what bounds the whole.
func TestLimits(t *testing.T) {
	unlike := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	tests := []struct {
		name string
		text string
		want error // of Parse; nil when the section [bad] has the error
	}{
		{"size", strings.Repeat("#", atomicfile.MaxSize+1), ErrTooLarge},
		{"sections", unlike("[s%d]\na=1\n", maxSections+1), ErrTooLarge},
		{"settings in all", strings.Repeat("a=\n", maxEntries+1), ErrTooLarge},
		{"settings of a section", "[bad]\n" + unlike("k%d=1\n", maxKeys+1), nil},
		{"nested lines", "[bad]\na =\n" + unlike(" k%d=1\n", maxKeys+1), nil},
		{"one long line", "[bad]\n" + strings.Repeat("x", atomicfile.MaxSize-100), nil},
		{"brackets without end", "[bad\n[" + strings.Repeat("]", atomicfile.MaxSize/2) + "x", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file, err := Parse([]byte(test.text + "\n[good]\nregion=x\n"))
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			good := file.Sections[len(file.Sections)-1]
			if key, ok := good.Get("region"); !ok || key.Value != "x" {
				t.Errorf("the next section has %+v", good)
			}
			if bad := file.Sections[1]; bad.Err == nil {
				t.Errorf("[bad] has no error")
			}
		})
	}
}

// TestReadRefuses holds that a pipe, which would block, and a folder are not
// opened.
func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := atomicfile.Read(dir); err == nil {
		t.Error("a folder was read")
	}
	if _, err := atomicfile.Read(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, atomicfile.MaxSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.Read(big); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file of more than 4 MB gives %v", err)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.ini")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(text)
		if err != nil {
			return
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		for _, s := range file.Sections {
			if s.Line < 1 || s.Line > lines {
				t.Fatalf("[%s] at line %d of %d", s.Name, s.Line, lines)
			}
			if s.Err != nil && len(s.Keys) > 0 {
				t.Fatalf("[%s] has both keys and an error", s.Name)
			}
			for _, k := range s.Keys {
				checkKey(t, text, k)
			}
		}
	})
}

// checkKey holds that what ini.v1 has read is what stands in that very line.
func checkKey(t *testing.T, text []byte, k Key) {
	line := string(bytes.Split(text, []byte("\n"))[k.Line-1])
	if !strings.Contains(strings.ToLower(line), k.Name) || !strings.Contains(line, k.Value) {
		t.Fatalf("line %d is %q and was read as %q = %q", k.Line, line, k.Name, k.Value)
	}
	for _, n := range k.Nested {
		line := string(bytes.Split(text, []byte("\n"))[n.Line-1])
		if !strings.Contains(strings.ToLower(line), n.Name) || !strings.Contains(line, n.Value) {
			t.Fatalf("line %d is %q and was read as %q = %q", n.Line, line, n.Name, n.Value)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var text bytes.Buffer
			for i := range n {
				fmt.Fprintf(&text, "[profile p%d]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/r%d\nsource_profile = base\n\n", i, i)
			}
			for b.Loop() {
				if _, err := Parse(text.Bytes()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
