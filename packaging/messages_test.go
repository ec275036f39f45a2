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
// golden.Message, so that who improves a sentence reads them all and edits no test. A
// sentence is found where it is looked for, and in the table whose rows are. The kits
// are left out: what a fake of AWS says is not ours to improve.
func TestNoSentencesInTests(t *testing.T) {
	eachTest(t, func(path string, file *ast.File, files *token.FileSet) {
		refuse := func(looked ast.Node) {
			ast.Inspect(looked, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && words(literal.Value) > mostWords {
					t.Errorf("%s looks for the sentence %s: compare it with a golden file (golden.Message)", files.Position(literal.Pos()), literal.Value)
				}
				return true
			})
		}
		for _, d := range file.Decls {
			tables := make(map[string]*ast.CompositeLit) // of the function, by name
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for i, name := range n.Lhs {
						if name, ok := name.(*ast.Ident); ok && len(n.Rhs) == len(n.Lhs) {
							tables[name.Name], _ = n.Rhs[i].(*ast.CompositeLit)
						}
					}
				case *ast.RangeStmt:
					for _, column := range lookedFor(n, tables) {
						refuse(column)
					}
				case *ast.CallExpr:
					if len(n.Args) == 2 && looksForText(n.Fun) {
						refuse(n.Args[1])
					}
				}
				return true
			})
		}
	})
}

// lookedFor are the values of a table that the body of a loop over it looks for in a text:
// its rows or their keys, or what the rows have in a field.
func lookedFor(loop *ast.RangeStmt, tables map[string]*ast.CompositeLit) (values []ast.Expr) {
	table, ok := loop.X.(*ast.CompositeLit)
	if name, named := loop.X.(*ast.Ident); named {
		table, ok = tables[name.Name], tables[name.Name] != nil
	}
	if !ok {
		return nil
	}
	is := func(e, variable ast.Expr) bool {
		v, ok := variable.(*ast.Ident)
		return ok && isNamed(e, v.Name)
	}
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 || !looksForText(call.Fun) {
			return true
		}
		for _, row := range table.Elts {
			key, value := ast.Expr(nil), row
			if pair, ok := row.(*ast.KeyValueExpr); ok {
				key, value = pair.Key, pair.Value
			}
			switch looked := call.Args[1].(type) {
			case *ast.Ident:
				if key != nil && is(looked, loop.Key) {
					values = append(values, key)
				} else if is(looked, loop.Value) {
					values = append(values, value)
				}
			case *ast.SelectorExpr:
				if row, ok := value.(*ast.CompositeLit); ok && is(looked.X, loop.Value) {
					values = append(values, field(table, row, looked.Sel.Name)...)
				}
			}
		}
		return true
	})
	return values
}

// field is what a row of a table has in a field: none where it is left out.
func field(table, row *ast.CompositeLit, name string) []ast.Expr {
	at := slices.Index(fields(table.Type), name)
	for i, value := range row.Elts {
		pair, keyed := value.(*ast.KeyValueExpr)
		switch {
		case !keyed && i == at:
			return []ast.Expr{value}
		case keyed && isNamed(pair.Key, name):
			return []ast.Expr{pair.Value}
		}
	}
	return nil
}

// isNamed says whether an expression is an identifier of that name.
func isNamed(e ast.Expr, name string) bool {
	identifier, ok := e.(*ast.Ident)
	return ok && identifier.Name == name
}

// fields are the names of the fields of the rows of a table, in their order, where its type
// is written out.
func fields(table ast.Expr) (names []string) {
	switch of := table.(type) {
	case *ast.ArrayType:
		table = of.Elt
	case *ast.MapType:
		table = of.Value
	}
	row, ok := table.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, f := range row.Fields.List {
		for _, name := range f.Names {
			names = append(names, name.Name)
		}
	}
	return names
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
