// Command resources writes what Windows shows of a program without starting it: its icon,
// its version, and the manifest that says which Windows it knows. The go command links
// every .syso file in a main package's folder for the system and architecture of its
// name; `make build` writes them there before it builds for Windows.
//
//	resources VERSION ARCH
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/josephspurrier/goversioninfo"

	"github.com/vaultbar/vaultbar/tray/icon"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: resources VERSION ARCH")
		os.Exit(2)
	}
	if err := write(".", os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "resources:", err)
		os.Exit(1)
	}
}

// program is a program of Vaultbar's.
type program struct{ folder, name, description string }

var programs = []program{
	{"app/vaultbar-app", "vaultbar-app", "Vaultbar"},
	{"cli/vaultbar", "vaultbar", "Vaultbar, the command"},
}

// manifest says that no administrator is needed, that dialogs have the themed controls,
// and that each screen's scaling is heeded.
const manifest = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <assemblyIdentity type="win32" name="Vaultbar" version="1.0.0.0" processorArchitecture="*"/>
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security><requestedPrivileges><requestedExecutionLevel level="asInvoker" uiAccess="false"/></requestedPrivileges></security>
  </trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application><supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/></application>
  </compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <dpiAware xmlns="http://schemas.microsoft.com/SMI/2005/WindowsSettings">true/pm</dpiAware>
      <dpiAwareness xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">PerMonitorV2</dpiAwareness>
    </windowsSettings>
  </application>
  <dependency>
    <dependentAssembly>
      <assemblyIdentity type="win32" name="Microsoft.Windows.Common-Controls" version="6.0.0.0" processorArchitecture="*" publicKeyToken="6595b64144ccf1df" language="*"/>
    </dependentAssembly>
  </dependency>
</assembly>
`

// write writes the resources of both programs into their folders below root.
func write(root, version, arch string) error {
	made, err := os.MkdirTemp("", "resources")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(made) }()
	pictures, says := filepath.Join(made, "icon.ico"), filepath.Join(made, "manifest.xml")
	for path, text := range map[string][]byte{pictures: icon.AppICO(), says: []byte(manifest)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	for _, p := range programs {
		info := p.info(version)
		info.IconPath, info.ManifestPath = pictures, says
		info.Build()
		info.Walk()
		object := filepath.Join(made, p.name+".syso")
		if err := info.WriteSyso(object, arch); err != nil {
			return fmt.Errorf("resources of %s: %w", p.name, err)
		}
		text, err := os.ReadFile(object)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, p.folder, "resources_windows_"+arch+".syso"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// info is what the properties of a program's file say.
func (p program) info(version string) goversioninfo.VersionInfo {
	var info goversioninfo.VersionInfo
	number := numbers(version)
	info.FixedFileInfo = goversioninfo.FixedFileInfo{
		FileVersion: number, ProductVersion: number,
		FileFlagsMask: "3f", FileFlags: "00", FileOS: "040004", FileType: "01", FileSubType: "00", // a program for Windows NT (VS_FIXEDFILEINFO)
	}
	info.StringFileInfo = goversioninfo.StringFileInfo{
		CompanyName: "The Vaultbar authors", FileDescription: p.description, FileVersion: version,
		InternalName: p.name, LegalCopyright: "The Vaultbar authors, MIT license",
		OriginalFilename: p.name + ".exe", ProductName: "Vaultbar", ProductVersion: version,
	}
	info.VarFileInfo.Translation = goversioninfo.Translation{LangID: goversioninfo.LngUSEnglish, CharsetID: goversioninfo.CsUnicode}
	return info
}

// release is the number at the beginning of a version.
var release = regexp.MustCompile(`^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:-(\d{1,4})-g)?`)

// numbers are the numbers of v1.2.3, and the commits since of v1.2.3-4-gabcdef0; zero of a
// tree without a tag.
func numbers(version string) (v goversioninfo.FileVersion) {
	m := release.FindStringSubmatch(version)
	if m == nil {
		return v
	}
	for i, at := range []*int{&v.Major, &v.Minor, &v.Patch, &v.Build} {
		*at, _ = strconv.Atoi(m[i+1]) // it is digits, or empty
	}
	return v
}
