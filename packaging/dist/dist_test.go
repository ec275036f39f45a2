package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var versions = []struct{ version, number, numbers string }{ // in the order of their age
	{"3d776f0", "0.0.0~g3d776f0", "0.0.0"},
	{"v1.0.0-rc.1", "1.0.0~rc.1", "1.0.0"},
	{"v1.0.0", "1.0.0", "1.0.0"},
	{"v1.0.0-14-g06a91dc", "1.0.0+14.g06a91dc", "1.0.0"},
	{"v1.0.0-14-g06a91dc-dirty", "1.0.0+14.g06a91dc+dirty", "1.0.0"},
	{"v1.0.1", "1.0.1", "1.0.1"},
	{"v1.10.0", "1.10.0", "1.10.0"},
}

func TestVersions(t *testing.T) {
	for _, v := range versions {
		got := packageVersion(v.version)
		if numbers := numbersOnly(got); got != v.number || numbers != v.numbers {
			t.Errorf("%s is %s and %s, wanted %s and %s", v.version, got, numbers, v.number, v.numbers)
		}
	}
}

// Debian takes them for versions, and orders them as we do.
func TestVersionsOfDebian(t *testing.T) {
	tool := testenv.Program(t, "dpkg", "dpkg")
	for i := range len(versions) - 1 {
		older, newer := versions[i].number, versions[i+1].number
		if out, err := exec.CommandContext(t.Context(), tool, "--compare-versions", older, "lt", newer).CombinedOutput(); err != nil {
			t.Errorf("%s is not older than %s: %v %s", older, newer, err, out)
		}
	}
}

// The ids of Windows Installer must never change: an upgrade finds by them what is there.
func TestIDs(t *testing.T) {
	if id := guid("upgrade"); id != "F0990825-3CE5-51D5-A7E6-D410C25E15AC" {
		t.Errorf("the upgrade code is %s", id)
	}
	if guid("vaultbar.exe") == guid("vaultbar-app.exe") {
		t.Error("two files have one id")
	}
}

// bare is a release with nothing built yet.
func bare(t *testing.T) *release {
	t.Helper()
	root, err := filepath.Abs("../..")
	check(t, err)
	dir := t.TempDir()
	r := &release{version: "v1.2.3", number: "1.2.3", date: time.Unix(1700000000, 0).UTC(), root: root, out: dir, work: filepath.Join(dir, "work")}
	check(t, os.MkdirAll(r.work, 0o755))
	return r
}

// writePrograms writes two that say what they are into a folder.
func writePrograms(t *testing.T, dir string) {
	t.Helper()
	check(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"vaultbar", "vaultbar-app"} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho "+name+" \"$@\"\n"), 0o755))
	}
}

func TestOnlyWhatIsKnown(t *testing.T) {
	if _, err := parse([]string{"-version", "v1", "-only", "deb,exe"}); err == nil || !strings.Contains(err.Error(), `"exe"`) {
		t.Errorf("a kind that there is not: %v", err)
	}
	r, err := parse([]string{"-version", "v1.0.0", "-only", "deb,tar"})
	check(t, err)
	if !r.wants("deb") || r.wants("rpm") || r.number != "1.0.0" {
		t.Errorf("it makes %v of %s", r.kinds, r.number)
	}
}

// A folder that holds something else is left alone.
func TestEmptiesNothingElse(t *testing.T) {
	r := bare(t)
	check(t, os.RemoveAll(r.work))
	theirs := filepath.Join(r.out, "theirs")
	check(t, os.WriteFile(theirs, nil, 0o644))
	if err := r.empty(); err == nil {
		t.Error("a folder with a file of others was emptied")
	}
	_, err := os.Stat(theirs)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(r.out, sumsName), nil, 0o644))
	check(t, r.empty())
	if entries, err := os.ReadDir(r.out); err != nil || len(entries) != 1 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// A key in the repository is one that is about to be published.
func TestKeyInTheRepository(t *testing.T) {
	r := bare(t)
	r.key = filepath.Join(r.root, "packaging", "minisign.key")
	if err := r.sign(); err == nil || !strings.Contains(err.Error(), "repository") {
		t.Errorf("a key in the repository: %v", err)
	}
}

// The signature is one that the public key verifies, and holds what was released.
func TestSignature(t *testing.T) {
	tool := testenv.Program(t, "minisign", "minisign")
	r := bare(t)
	keys := t.TempDir()
	r.key = filepath.Join(keys, "secret")
	public := filepath.Join(keys, "public")
	if out, err := exec.CommandContext(t.Context(), tool, "-G", "-W", "-s", r.key, "-p", public).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	check(t, os.RemoveAll(r.work))
	check(t, os.WriteFile(filepath.Join(r.out, "a"), []byte("a"), 0o644))
	check(t, r.sums())
	verify := func() error {
		return exec.CommandContext(t.Context(), tool, "-V", "-p", public, "-m", filepath.Join(r.out, sumsName)).Run()
	}
	check(t, verify())
	check(t, os.WriteFile(filepath.Join(r.out, sumsName), []byte("0  a\n"), 0o644))
	if verify() == nil {
		t.Error("changed checksums are verified")
	}
}

// The bundle has what macOS looks for, of programs that are given.
func TestBundle(t *testing.T) {
	testenv.Program(t, "unzip", "unzip")
	r := bare(t)
	r.macos = filepath.Join(r.out, "programs")
	writePrograms(t, r.macos)
	writePrograms(t, filepath.Join(r.work, "bin", "linux-amd64"))
	writePrograms(t, filepath.Join(r.work, "bin", "linux-arm64"))
	check(t, r.bundle())
	to := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "unzip", "-q", filepath.Join(r.out, r.bundleName()), "-d", to).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	contents := filepath.Join(to, "Vaultbar.app", "Contents")
	for _, name := range []string{"MacOS/vaultbar", "MacOS/vaultbar-app"} {
		info, err := os.Stat(filepath.Join(contents, name))
		check(t, err)
		if info.Mode().Perm() != 0o755 {
			t.Errorf("%s is %v", name, info.Mode())
		}
	}
	for _, name := range []string{"man/man1/vaultbar-exec.1", "zsh/site-functions/_vaultbar", "doc/vaultbar/LICENSE"} {
		_, err := os.Stat(filepath.Join(contents, "Resources", name))
		check(t, err)
	}
	plist, err := os.ReadFile(filepath.Join(contents, "Info.plist"))
	check(t, err)
	for _, want := range []string{"<key>LSUIElement</key><true/>", "<string>com.github.vaultbar.vaultbar</string>", "<array><string>vaultbar</string></array>", "<string>1.2.3</string>"} {
		if !strings.Contains(string(plist), want) {
			t.Errorf("Info.plist lacks %s", want)
		}
	}
	icon, err := os.ReadFile(filepath.Join(contents, "Resources", "vaultbar.icns"))
	check(t, err)
	if got := pictures(t, icon); !slices.Equal(got, []string{"icp4", "icp5", "ic11", "ic12", "ic07", "ic08", "ic13"}) {
		t.Errorf("the icon holds %v", got)
	}
}

// A bundle that was signed on a Mac is given out byte for byte.
func TestSignedBundle(t *testing.T) {
	r := bare(t)
	r.macos = filepath.Join(r.out, "programs")
	check(t, os.MkdirAll(r.macos, 0o755))
	check(t, os.WriteFile(filepath.Join(r.macos, signedBundle), []byte("signed"), 0o644))
	check(t, r.bundle())
	if text, err := os.ReadFile(filepath.Join(r.out, r.bundleName())); err != nil || string(text) != "signed" {
		t.Errorf("%q, %v", text, err)
	}
}

// pictures are the types of those that an icon holds, which must be PNGs.
func pictures(t *testing.T, icon []byte) (kinds []string) {
	t.Helper()
	if len(icon) < 8 || string(icon[:4]) != "icns" || int(binary.BigEndian.Uint32(icon[4:])) != len(icon) {
		t.Fatal("it is no icon")
	}
	for rest := icon[8:]; len(rest) > 0; {
		if len(rest) < 16 {
			t.Fatalf("%d bytes are left over", len(rest))
		}
		size := int(binary.BigEndian.Uint32(rest[4:]))
		if size < 16 || size > len(rest) || string(rest[8:12]) != "\x89PNG" {
			t.Fatalf("%q is no picture of %d bytes", rest[:4], size)
		}
		kinds = append(kinds, string(rest[:4]))
		rest = rest[size:]
	}
	return kinds
}
