package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

// TestForwarder: Windows' loader finds in the library the one function, and that it is
// another's.
func TestForwarder(t *testing.T) {
	raw := forwarder.library()
	file, err := pe.NewFile(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	optional, ok := file.OptionalHeader.(*pe.OptionalHeader64)
	if !ok || len(file.Sections) != 1 || optional.AddressOfEntryPoint != 0 {
		t.Fatalf("%T, %d sections", file.OptionalHeader, len(file.Sections))
	}
	data, err := file.Sections[0].Data()
	if err != nil {
		t.Fatal(err)
	}
	directory := optional.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT]
	at := func(address uint32) []byte { return data[address-directory.VirtualAddress:] }
	text := func(address uint32) string { return string(at(address)[:bytes.IndexByte(at(address), 0)]) }
	var found exports
	if err := binary.Read(bytes.NewReader(at(directory.VirtualAddress)), binary.LittleEndian, &found); err != nil {
		t.Fatal(err)
	}
	first := func(table uint32) uint32 { return binary.LittleEndian.Uint32(at(table)) }
	got := forward{file: text(found.Name), function: text(first(found.NamesAt)), to: text(first(found.FunctionsAt))}
	if got != forwarder {
		t.Errorf("it exports %+v", got)
	}
	if to := first(found.FunctionsAt); to < directory.VirtualAddress || to >= directory.VirtualAddress+directory.Size {
		t.Errorf("the function is at %#x: code, not a name", to)
	}
}

func TestListed(t *testing.T) {
	packages, known, err := parse(listed)
	if err != nil || len(packages) == 0 {
		t.Fatalf("%d packages, %v", len(packages), err)
	}
	for name := range known {
		if in, _, _ := strings.Cut(name, " "); !strings.Contains("\n"+listed, "\n"+in+"\n") {
			t.Errorf("%s: its package is not run", name)
		}
	}
	for _, wrong := range []string{"a\na\n", "a TestB\n", "a: why\n", "a TestB: why\na TestB: why\n", "a TestB c: why\n"} {
		if _, _, err := parse(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// TestJudge reads what go test prints, and compares it.
func TestJudge(t *testing.T) {
	all, err := read(strings.NewReader(`
{"Action":"pass","Package":"github.com/vaultbar/vaultbar/a","Test":"TestGood"}
{"Action":"pass","Package":"github.com/vaultbar/vaultbar/a","Test":"TestMended"}
{"Action":"skip","Package":"github.com/vaultbar/vaultbar/a","Test":"TestLeftOut"}
{"Action":"pass","Package":"github.com/vaultbar/vaultbar/a"}
{"Action":"fail","Package":"github.com/vaultbar/vaultbar/b","Test":"TestLinks/one"}
{"Action":"pass","Package":"github.com/vaultbar/vaultbar/b","Test":"TestLinks/two"}
{"Action":"fail","Package":"github.com/vaultbar/vaultbar/b","Test":"TestLinks"}
{"Action":"fail","Package":"github.com/vaultbar/vaultbar/b"}
{"Action":"output","Package":"github.com/vaultbar/vaultbar/c","Test":"TestNew","Output":"why\n"}
{"Action":"fail","Package":"github.com/vaultbar/vaultbar/c","Test":"TestNew"}
{"Action":"fail","Package":"github.com/vaultbar/vaultbar/c"}
{"Action":"run","Package":"github.com/vaultbar/vaultbar/d","Test":"TestCutShort"}
{"Action":"build-output","ImportPath":"github.com/vaultbar/vaultbar/e","Output":"no such thing\n"}
{"Action":"build-fail","ImportPath":"github.com/vaultbar/vaultbar/e"}
`[1:]))
	if err != nil {
		t.Fatal(err)
	}
	got := judge(all, map[string]string{"a TestMended": "why", "a TestGone": "why", "b TestLinks/one": "why"})
	want := verdict{failed: []string{"c TestNew", "d TestCutShort", "e"}, stale: []string{"a TestMended", "a TestGone"}, passed: 2, known: 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if all["c TestNew"].said != "why\n" {
		t.Errorf("it said %q", all["c TestNew"].said)
	}
}
