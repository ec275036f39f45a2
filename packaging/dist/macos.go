package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// bundleID is how macOS knows the application, its keychain items and its login item.
const bundleID = "com.github.vaultbar.vaultbar"

var properties = template.Must(template.New("plist").Parse(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>CFBundleIdentifier</key><string>{{.ID}}</string>
	<key>CFBundleName</key><string>Vaultbar</string>
	<key>CFBundleDisplayName</key><string>Vaultbar</string>
	<key>CFBundleExecutable</key><string>vaultbar-app</string>
	<key>CFBundleIconFile</key><string>vaultbar</string>
	<key>CFBundlePackageType</key><string>APPL</string>
	<key>CFBundleInfoDictionaryVersion</key><string>6.0</string>
	<key>CFBundleShortVersionString</key><string>{{.Version}}</string>
	<key>CFBundleVersion</key><string>{{.Version}}</string>
	<key>LSMinimumSystemVersion</key><string>12.0</string>
	<key>LSUIElement</key><true/>
	<key>NSAppleEventsUsageDescription</key><string>A terminal is opened with the credentials of a profile that you chose.</string>
	<key>NSHighResolutionCapable</key><true/>
	<key>NSHumanReadableCopyright</key><string>The Vaultbar authors, MIT License</string>
	<key>CFBundleURLTypes</key>
	<array>
		<dict>
			<key>CFBundleURLName</key><string>Vaultbar</string>
			<key>CFBundleURLSchemes</key><array><string>vaultbar</string></array>
		</dict>
	</array>
</dict>
</plist>
`))

func (r *release) bundleName() string { return "vaultbar-" + r.number + "-macos.zip" }

// signedBundle is the archive that packaging/macos/notarize.sh leaves beside the programs.
const signedBundle = "Vaultbar.zip"

// bundle makes Vaultbar.app of the programs that a Mac has built. One that a Mac has signed
// and Apple has notarized is taken as it is: a byte that differs breaks the signature.
func (r *release) bundle() error {
	if r.macos == "" {
		skip("macOS", "its programs are built on a Mac (make dist MACOS=FOLDER)")
		return nil
	}
	programs, err := filepath.Abs(r.macos)
	if err != nil {
		return err
	}
	if signed := filepath.Join(programs, signedBundle); exists(signed) {
		defer r.made(r.bundleName())
		return create(filepath.Join(r.out, r.bundleName()), func(w io.Writer) error { return copyFile(w, signed) })
	}
	staged, err := r.stage(system{"darwin", "any"}, programs, "/usr")
	if err != nil {
		return err
	}
	var files []file
	for _, f := range staged {
		if name, ok := strings.CutPrefix(f.to, "usr/bin/"); ok {
			files = append(files, file{f.from, "Contents/MacOS/" + name, f.mode})
		} else if name, ok := strings.CutPrefix(f.to, "usr/share/"); ok && filepath.Dir(name) != "vaultbar" { // what is for installing by hand
			files = append(files, file{f.from, "Contents/Resources/" + name, f.mode})
		}
	}
	more, err := r.described()
	if err != nil {
		return err
	}
	defer r.made(r.bundleName())
	return writeZip(filepath.Join(r.out, r.bundleName()), "Vaultbar.app", r.date, append(more, files...))
}

// described are the files by which macOS knows what the bundle is.
func (r *release) described() ([]file, error) {
	plist, icon := filepath.Join(r.work, "Info.plist"), filepath.Join(r.work, "vaultbar.icns")
	made, err := r.rest()
	if err != nil {
		return nil, err
	}
	if err := once(plist, func(w io.Writer) error {
		return properties.Execute(w, map[string]string{"ID": bundleID, "Version": numbersOnly(r.number)})
	}); err != nil {
		return nil, err
	}
	if err := once(icon, func(w io.Writer) error { return icns(w, filepath.Join(made, "hicolor")) }); err != nil {
		return nil, err
	}
	return []file{{plist, "Contents/Info.plist", 0o644}, {icon, "Contents/Resources/vaultbar.icns", 0o644}}, nil
}

// icnsKinds are the pictures of an icon: the type that the format knows them by, and
// their size in pixels. Those with 1x beside them have twice the pixels of their name.
var icnsKinds = []struct {
	kind string
	size int
}{{"icp4", 16}, {"icp5", 32}, {"ic11", 32}, {"ic12", 64}, {"ic07", 128}, {"ic08", 256}, {"ic13", 256}}

// icns writes an icon of macOS: PNGs, each with a type and a length before it.
func icns(w io.Writer, hicolor string) error {
	var body bytes.Buffer
	for _, k := range icnsKinds {
		picture, err := os.ReadFile(filepath.Join(hicolor, fmt.Sprintf("%dx%d", k.size, k.size), "apps", "vaultbar.png"))
		if err != nil {
			return err
		}
		body.WriteString(k.kind)
		_ = binary.Write(&body, binary.BigEndian, uint32(8+len(picture)))
		body.Write(picture)
	}
	if _, err := w.Write(binary.BigEndian.AppendUint32([]byte("icns"), uint32(8+body.Len()))); err != nil {
		return err
	}
	_, err := w.Write(body.Bytes())
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
