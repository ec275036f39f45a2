package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// manifestOf is a manifest that was made.
func manifestOf(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(results(t), "manifests", name))
	check(t, err)
	return text
}

// fields are what is asked of a manifest, each a line of it. Sources: winget-cli,
// schemas/JSON/manifests/v1.6.0; Homebrew, Formula Cookbook.
var fields = map[string][]string{
	"winget/Vaultbar.Vaultbar.yaml": {
		`PackageIdentifier: \w{1,32}(\.\w{1,32}){1,7}`, `PackageVersion: [^\\/:*?"<>|]{1,128}`, `DefaultLocale: en-US`,
		`ManifestType: version`, `ManifestVersion: 1\.6\.0`,
	},
	"winget/Vaultbar.Vaultbar.installer.yaml": {
		`PackageIdentifier: \w{1,32}(\.\w{1,32}){1,7}`, `PackageVersion: [^\\/:*?"<>|]{1,128}`, `InstallerType: zip`, `NestedInstallerType: portable`,
		`Installers:`, `- Architecture: x64`, `  InstallerUrl: https?://\S+`, `  InstallerSha256: [A-Fa-f0-9]{64}`,
		`ManifestType: installer`, `ManifestVersion: 1\.6\.0`,
	},
	"winget/Vaultbar.Vaultbar.locale.en-US.yaml": {
		`PackageIdentifier: \w{1,32}(\.\w{1,32}){1,7}`, `PackageVersion: [^\\/:*?"<>|]{1,128}`, `PackageLocale: en-US`, `Publisher: .{2,256}`,
		`PackageName: .{2,256}`, `License: .{3,512}`, `ShortDescription: .{3,256}`, `ManifestType: defaultLocale`, `ManifestVersion: 1\.6\.0`,
	},
	"homebrew/Formula/vaultbar.rb": {
		`class Vaultbar < Formula`, `  desc "[^"]{1,79}"`, `  homepage "https://\S+"`, `  url "https://\S+"`, `  sha256 "[0-9a-f]{64}"`,
		`  license "MIT"`, `  def install`, `  test do`,
	},
}

func TestFieldsOfManifests(t *testing.T) {
	t.Parallel()
	for name, lines := range fields {
		text := manifestOf(t, name)
		for _, line := range lines {
			if !regexp.MustCompile(`(?m)^` + line + `$`).Match(text) {
				t.Errorf("%s has no line %s:\n%s", name, line, text)
			}
		}
	}
}

// TestScoop reads its manifest: no field may be of another name, and the address of the
// next version is that of this one with its number.
func TestScoop(t *testing.T) {
	t.Parallel()
	type download struct {
		URL        string `json:"url"`
		Hash       string `json:"hash"`
		ExtractDir string `json:"extract_dir"`
	}
	var m struct {
		Version, Description, Homepage, License, Bin, Checkver string

		Architecture map[string]download
		Shortcuts    [][]string
		Autoupdate   struct {
			Architecture map[string]download
			Hash         struct{ URL string }
		}
	}
	text := manifestOf(t, "scoop/vaultbar.json")
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	check(t, decoder.Decode(&m))
	of, next := m.Architecture["64bit"], m.Autoupdate.Architecture["64bit"]
	if m.Version != "1.2.3" || m.Description == "" || m.Homepage != homepage || m.License != "MIT" || m.Bin != "vaultbar.exe" ||
		len(m.Shortcuts) != 1 || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(of.Hash) {
		t.Errorf("%s", text)
	}
	numbered := strings.NewReplacer("$version", m.Version)
	if numbered.Replace(next.URL) != of.URL || numbered.Replace(next.ExtractDir) != of.ExtractDir {
		t.Errorf("the next version is looked for at %+v, and this one is at %+v", next, of)
	}
}

// nobody is the user of that name.
const nobody = 65534

// TestPKGBUILD has makepkg, which root may not run, say what it reads.
func TestPKGBUILD(t *testing.T) {
	t.Parallel()
	text := manifestOf(t, "aur/PKGBUILD")
	tool := testenv.Program(t, "makepkg", "makepkg")
	dir, err := os.MkdirTemp("", "aur") // the folders of a test are not others' to enter
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	check(t, os.WriteFile(filepath.Join(dir, "PKGBUILD"), text, 0o644))
	command := exec.CommandContext(t.Context(), tool, "--printsrcinfo")
	command.Dir = dir
	if os.Getuid() == 0 {
		check(t, os.Chown(dir, nobody, nobody))
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"pkgbase = vaultbar", "pkgver = 1.2.3", "pkgrel = 1", "arch = x86_64", "arch = aarch64", "license = MIT", "makedepends = go",
		"url = " + homepage, "pkgdesc = " + summary, "source = " + homepage + "/releases/download/v1.2.3/vaultbar-1.2.3-source.tar.gz",
	} {
		if !strings.Contains(string(out), want+"\n") {
			t.Errorf("it lacks %q:\n%s", want, out)
		}
	}
}
