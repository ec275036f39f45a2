package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// The kinds of resources (winuser.h: RT_ICON and so on).
const (
	iconResource      = 3
	iconGroupResource = 14
	versionResource   = 16
	manifestResource  = 24
)

// TestWindowsPrograms reads the programs as Windows does before it starts them: the app is
// none of the console, and both say what they are.
func TestWindowsPrograms(t *testing.T) {
	unzip, dir := testenv.Program(t, "unzip", "unzip"), t.TempDir()
	if out, err := exec.CommandContext(t.Context(), unzip, "-q", one(t, "*-windows-amd64.zip"), "-d", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, subsystem := range map[string]uint16{"vaultbar.exe": pe.IMAGE_SUBSYSTEM_WINDOWS_CUI, "vaultbar-app.exe": pe.IMAGE_SUBSYSTEM_WINDOWS_GUI} {
		paths, err := filepath.Glob(filepath.Join(dir, "*", name))
		if err != nil || len(paths) != 1 {
			t.Fatalf("%s is %v, %v", name, paths, err)
		}
		file, err := pe.Open(paths[0])
		check(t, err)
		if got := file.OptionalHeader.(*pe.OptionalHeader64).Subsystem; got != subsystem {
			t.Errorf("%s is of subsystem %d", name, got)
		}
		section := file.Section(".rsrc")
		if section == nil {
			t.Fatalf("%s has no resources", name)
		}
		data, err := section.Data()
		check(t, err)
		check(t, file.Close())
		kinds := resourceKinds(t, data)
		for _, kind := range []uint32{iconResource, iconGroupResource, versionResource, manifestResource} {
			if !slices.Contains(kinds, kind) {
				t.Errorf("%s has no resource of kind %d", name, kind)
			}
		}
		for key, want := range map[string]string{"ProductVersion": "v1.2.3", "OriginalFilename": name} {
			if got := saidOf(data, key); got != want {
				t.Errorf("%s: %s is %q", name, key, got)
			}
		}
		if !bytes.Contains(data, []byte(`level="asInvoker"`)) || !bytes.Contains(data, []byte("PerMonitorV2")) {
			t.Errorf("%s has another manifest", name)
		}
	}
}

// resourceKinds are the kinds in the directory of a section of resources. (Microsoft's PE
// Format, "The .rsrc Section".)
func resourceKinds(t *testing.T, data []byte) (kinds []uint32) {
	t.Helper()
	var directory struct {
		Flags, Time  uint32
		Major, Minor uint16
		Named, IDs   uint16
	}
	from := bytes.NewReader(data)
	check(t, binary.Read(from, binary.LittleEndian, &directory))
	for range directory.Named + directory.IDs {
		var entry struct{ Kind, To uint32 }
		check(t, binary.Read(from, binary.LittleEndian, &entry))
		kinds = append(kinds, entry.Kind)
	}
	return kinds
}

// saidOf is the value of a key of the version: both end with a zero, and may have more
// between them.
func saidOf(data []byte, key string) string {
	_, value, _ := bytes.Cut(data, append(wide(key), 0, 0))
	for len(value) > 1 && value[0] == 0 && value[1] == 0 {
		value = value[2:]
	}
	var units []uint16
	for ; len(value) > 1; value = value[2:] {
		unit := binary.LittleEndian.Uint16(value)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// wide is a text as Windows has it.
func wide(text string) (raw []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		raw = binary.LittleEndian.AppendUint16(raw, unit)
	}
	return raw
}
