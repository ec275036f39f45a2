package process_test

import (
	"slices"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/source/process"
)

// TestSplit holds the words of command lines, those of botocore's own tests among
// them (tests/unit/test_compat.py).
func TestSplit(t *testing.T) {
	type words = []string
	for _, c := range []struct {
		line           string
		posix, windows words // nil: a quote is not closed
	}{
		{``, words{}, words{}},
		{`spam`, words{`spam`}, words{`spam`}},
		{`spam eggs`, words{`spam`, `eggs`}, words{`spam`, `eggs`}},
		{"spam\teggs  ham", words{`spam`, `eggs`, `ham`}, words{`spam`, `eggs`, `ham`}},
		{`"spam eggs"`, words{`spam eggs`}, words{`spam eggs`}},
		{`'spam eggs'`, words{`spam eggs`}, words{`'spam`, `eggs'`}},
		{`a"b c"d`, words{`ab cd`}, words{`ab cd`}},
		{`"" x`, words{``, `x`}, words{``, `x`}},
		{`a\ b`, words{`a b`}, words{`a\`, `b`}},
		{`"a\"b"`, words{`a"b`}, words{`a"b`}},
		{`"a\nb"`, words{`a\nb`}, words{`a\nb`}},
		{`'a\b'`, words{`a\b`}, words{`'a\b'`}},
		{`a\\\\b d"e f"g h`, words{`a\\b`, `de fg`, `h`}, words{`a\\\\b`, `de fg`, `h`}},
		{`a\\\\"b c" d e`, words{`a\\b c`, `d`, `e`}, words{`a\\b c`, `d`, `e`}},
		{`"C:\Program Files\x.exe" --for ann`, words{`C:\Program Files\x.exe`, `--for`, `ann`}, words{`C:\Program Files\x.exe`, `--for`, `ann`}},
		{`C:\tools\x.exe \`, nil, words{`C:\tools\x.exe`, `\`}},
		{`"spam`, nil, nil},
		{`'spam`, nil, words{`'spam`}},
		{"ünï “code”", words{`ünï`, `“code”`}, words{`ünï`, `“code”`}},
	} {
		for name, split := range map[string]struct {
			do   func(string) ([]string, error)
			want words
		}{"POSIX": {process.SplitPOSIX, c.posix}, "Windows": {process.SplitWindows, c.windows}} {
			got, err := split.do(c.line)
			if !slices.Equal(got, split.want) || (err != nil) != (split.want == nil) {
				t.Errorf("%s: %s is %q, %v", name, c.line, got, err)
			}
		}
	}
}
