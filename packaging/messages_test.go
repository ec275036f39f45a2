package packaging

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// plainWord is a word of a sentence: no path, flag, name of a setting or ARN.
var plainWord = regexp.MustCompile(`^[("“]?[A-Za-z][a-z'’]*[.,:;?!)"”]*$`)

// mostWords is how many words a test may look for in a text: more are a sentence.
const mostWords = 4

// TestNoSentencesInTests: what people read is compared with golden files, for which there is
// golden.Message, so that who improves a sentence reads them all and edits no test. The kits
// are left out: what a fake of AWS says is not ours to improve.
func TestNoSentencesInTests(t *testing.T) {
	eachTest(t, func(path string, file *ast.File, files *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 || !looksForText(call.Fun) {
				return true
			}
			ast.Inspect(call.Args[1], func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && words(literal.Value) > mostWords {
					t.Errorf("%s looks for the sentence %s: compare it with a golden file (golden.Message)", files.Position(literal.Pos()), literal.Value)
				}
				return true
			})
			return true
		})
	})
}

// looksForText says whether a function is one that looks for a part of a text.
func looksForText(function ast.Expr) bool {
	f, ok := function.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := f.X.(*ast.Ident)
	return ok && (of.Name == "strings" || of.Name == "bytes") && slices.Contains([]string{"Contains", "HasPrefix", "HasSuffix", "Index", "Count"}, f.Sel.Name)
}

// words counts the plain words of a literal.
func words(literal string) (n int) {
	text, err := strconv.Unquote(literal)
	if err != nil {
		return 0
	}
	for _, word := range strings.Fields(text) {
		if plainWord.MatchString(word) {
			n++
		}
	}
	return n
}

// TestMessagesHaveTests: an entry of a file of messages belongs to a test that there is.
func TestMessagesHaveTests(t *testing.T) {
	tests := make(map[string][]string) // by folder
	eachTest(t, func(path string, file *ast.File, _ *token.FileSet) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[filepath.Dir(path)] = append(tests[filepath.Dir(path)], f.Name.Name)
			}
		}
	})
	found := 0
	for folder, names := range tests {
		text, err := os.ReadFile(filepath.Join(folder, "testdata", golden.Messages))
		if os.IsNotExist(err) {
			continue
		}
		check(t, err)
		found++
		for line := range strings.Lines(string(text)) {
			test := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("/: \n", r) })
			if len(test) > 0 && line[0] != ' ' && !slices.Contains(names, test[0]) {
				t.Errorf("%s: %s is of no test in %s", golden.Messages, strings.TrimSpace(line), folder)
			}
		}
	}
	if found == 0 {
		t.Error("there are no files of messages")
	}
}

// eachTest looks at the files of tests of all packages, without the kits.
func eachTest(t *testing.T, look func(path string, file *ast.File, files *token.FileSet)) {
	t.Helper()
	all, err := testFiles()
	check(t, err)
	for path, file := range all.parsed {
		look(path, file, all.files)
	}
}

// parsedTests are files of tests by their paths.
type parsedTests struct {
	files  *token.FileSet
	parsed map[string]*ast.File
}

// testFiles parses them, once.
var testFiles = sync.OnceValues(func() (parsedTests, error) {
	all := parsedTests{token.NewFileSet(), make(map[string]*ast.File)}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".git" || filepath.ToSlash(path) == "../vaultcore/testkit"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		all.parsed[path], err = parser.ParseFile(all.files, path, nil, parser.SkipObjectResolution)
		return err
	})
	return all, err
})
