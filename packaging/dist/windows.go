package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"
)

// windowsFiles are those of the zip and the MSI: the programs at the top, where they find
// each other, and what else a person may want there. The registry file is for an
// installation by hand: it names the program's place.
func (r *release) windowsFiles() ([]file, error) {
	files, err := r.staged(windows)
	if err != nil {
		return nil, err
	}
	var all []file
	for _, f := range files {
		name := path.Base(f.to)
		switch {
		case strings.HasPrefix(f.to, "usr/bin/"):
			all = append(all, file{f.from, name, f.mode})
		case strings.HasPrefix(f.to, doc) && name == "LICENSE":
			all = append(all, file{f.from, "LICENSE.txt", f.mode})
		case strings.HasPrefix(f.to, doc):
			all = append(all, file{f.from, "doc/" + name, f.mode})
		case strings.HasPrefix(f.to, "usr/share/vaultbar/docker/"):
			all = append(all, file{f.from, "docker/" + name, f.mode})
		case f.to == "usr/share/vaultbar/shell/vaultbar.ps1":
			all = append(all, file{f.from, "shell/" + name, f.mode})
		}
	}
	return all, nil
}

func (r *release) windowsName() string { return "vaultbar-" + r.number + "-" + windows.String() }

func (r *release) windowsZip() error {
	files, err := r.windowsFiles()
	if err != nil {
		return err
	}
	defer r.made(r.windowsName() + ".zip")
	return writeZip(filepath.Join(r.out, r.windowsName()+".zip"), r.windowsName(), r.date, files)
}

// idSpace is the name space of the ids that Windows Installer knows us and our files by.
// It is never to change: an upgrade finds by it what to replace.
const idSpace = "github.com/vaultbar/vaultbar/msi/"

// guid is the id of a thing that has a name.
func guid(name string) string {
	sum := sha1.Sum([]byte(idSpace + name))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]))
}

// installed is the source of an MSI: for one person, without an administrator, below
// their own folder of programs and in their PATH.
var installed = template.Must(template.New("wxs").Funcs(template.FuncMap{"guid": guid}).Parse(`<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="{{guid (print "product " .Number)}}" UpgradeCode="{{guid "upgrade"}}" Name="Vaultbar" Version="{{.Version}}" Manufacturer="The Vaultbar authors" Language="1033">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perUser" Description="Vaultbar {{.Number}}" Manufacturer="The Vaultbar authors"/>
    <MajorUpgrade DowngradeErrorMessage="A newer version of Vaultbar is installed."/>
    <Media Id="1" Cabinet="vaultbar.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="LocalAppDataFolder">
        <Directory Id="ProgramsFolder" Name="Programs">
          <Directory Id="INSTALLDIR" Name="Vaultbar">
{{- range .Top}}
            <Component Id="{{.ID}}" Guid="{{guid .To}}">
              <File Id="F{{.ID}}" Source="{{.From}}" Name="{{.Name}}" KeyPath="yes"/>
            </Component>
{{- end}}
            <Component Id="Links" Guid="{{guid "links"}}">
              <RegistryValue Root="HKCU" Key="Software\Classes\vaultbar" Type="string" Value="URL:Vaultbar" KeyPath="yes"/>
              <RegistryValue Root="HKCU" Key="Software\Classes\vaultbar" Name="URL Protocol" Type="string" Value=""/>
              <RegistryValue Root="HKCU" Key="Software\Classes\vaultbar\shell\open\command" Type="string" Value="&quot;[INSTALLDIR]vaultbar-app.exe&quot; open &quot;%1&quot;"/>
            </Component>
            <Component Id="Path" Guid="{{guid "path"}}">
              <RegistryValue Root="HKCU" Key="Software\Vaultbar" Name="InstallDir" Type="string" Value="[INSTALLDIR]" KeyPath="yes"/>
            </Component>
{{- range .Folders}}
            <Directory Id="D{{.Name}}" Name="{{.Name}}">
{{- range .Files}}
              <Component Id="{{.ID}}" Guid="{{guid .To}}">
                <File Id="F{{.ID}}" Source="{{.From}}" Name="{{.Name}}" KeyPath="yes"/>
              </Component>
{{- end}}
            </Directory>
{{- end}}
          </Directory>
        </Directory>
      </Directory>
      <Directory Id="ProgramMenuFolder">
        <Component Id="Menu" Guid="{{guid "menu"}}">
          <Shortcut Id="App" Name="Vaultbar" Target="[INSTALLDIR]vaultbar-app.exe" Description="AWS sessions from the keys in your keychain" WorkingDirectory="INSTALLDIR"/>
          <RegistryValue Root="HKCU" Key="Software\Vaultbar" Name="Menu" Type="integer" Value="1" KeyPath="yes"/>
        </Component>
      </Directory>
    </Directory>
    <Feature Id="Vaultbar" Level="1">
{{- range .Components}}
      <ComponentRef Id="{{.}}"/>
{{- end}}
    </Feature>
  </Product>
</Wix>
`))

type msiFile struct{ ID, From, To, Name string }

type msiFolder struct {
	Name  string
	Files []msiFile
}

// msi has wixl make the MSI.
func (r *release) msi() error {
	for _, tool := range []string{"wixl", "msibuild", "msiinfo"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip("MSI", tool+" is not installed")
			return nil
		}
	}
	files, err := r.windowsFiles()
	if err != nil {
		return err
	}
	source := filepath.Join(r.work, "vaultbar.wxs")
	var text strings.Builder
	product, err := r.product(files)
	if err != nil {
		return err
	}
	if err := installed.Execute(&text, product); err != nil {
		return err
	}
	if err := os.WriteFile(source, []byte(text.String()), 0o644); err != nil {
		return err
	}
	name := r.windowsName() + ".msi"
	to := filepath.Join(r.out, name)
	begun := time.Now()
	command := r.command(nil, "wixl", "-a", "x64", "-o", to, source)
	command.Dir = r.work // which the paths in it are relative to
	if err := ended(command); err != nil {
		return err
	}
	if err := r.run(nil, "msibuild", append([]string{to}, inPath()...)...); err != nil {
		return err
	}
	defer r.made(name)
	return r.makeReproducible(to, begun)
}

// packageCode is where the summary of an MSI says which package it is.
var packageCode = regexp.MustCompile(`UUID\): (\{[0-9A-F-]{36}\})`)

// makeReproducible replaces what wixl makes up at each run: the package's code, and when it was made,
// which is some time since begun.
func (r *release) makeReproducible(path string, begun time.Time) error {
	summary, err := output(r.root, "msiinfo", "suminfo", path)
	if err != nil {
		return err
	}
	code := packageCode.FindStringSubmatch(summary)
	if code == nil {
		return fmt.Errorf("%s has no package code", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte(code[1]), []byte("{"+guid("package "+r.number)+"}"))
	backdate(text, begun, r.date)
	return os.WriteFile(path, text, 0o644)
}

// fileTime is the type of a time in the summary of an MSI. Times there count from 1601, in
// units of 100 ns.
var fileTime = []byte{0x40, 0, 0, 0}

// backdate writes a date over the times since some moment.
func backdate(text []byte, since, date time.Time) {
	const epoch = 11644473600 // seconds from 1601 to 1970
	ticks := func(t time.Time) uint64 { return uint64(t.Unix()+epoch) * 1e7 }
	from, to := ticks(since), ticks(time.Now().Add(time.Second))
	for at := bytes.Index(text, fileTime); at >= 0 && at+12 <= len(text); {
		value := text[at+4 : at+12]
		if n := binary.LittleEndian.Uint64(value); n >= from && n <= to {
			binary.LittleEndian.PutUint64(value, ticks(date))
		}
		next := bytes.Index(text[at+4:], fileTime)
		if next < 0 {
			break
		}
		at += 4 + next
	}
}

// inPath is what wixl has no words for: the folder is at the end of the person's PATH for
// as long as Vaultbar is installed.
func inPath() (queries []string) {
	for _, query := range []string{
		"CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)",
		"INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) VALUES ('PATH', '=-PATH', '[~];[INSTALLDIR]', 'Path')",
		"INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)",
		"INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)",
	} {
		queries = append(queries, "-q", query)
	}
	return queries
}

// msiProduct is what an MSI installs.
type msiProduct struct {
	Number, Version string
	Top             []msiFile
	Folders         []msiFolder
	Components      []string
}

// product is what the MSI is made of, by paths that are relative: wixl takes no others.
func (r *release) product(files []file) (p msiProduct, err error) {
	p.Number, p.Version = r.number, numbersOnly(r.number)
	for i, f := range files {
		folder, name := path.Split(f.to)
		from, err := filepath.Rel(r.work, f.from)
		if err != nil {
			return p, err
		}
		m := msiFile{fmt.Sprintf("C%d", i), from, f.to, name}
		p.Components = append(p.Components, m.ID)
		if folder == "" {
			p.Top = append(p.Top, m)
			continue
		}
		folder = strings.TrimSuffix(folder, "/")
		at := slices.IndexFunc(p.Folders, func(f msiFolder) bool { return f.Name == folder })
		if at < 0 {
			p.Folders, at = append(p.Folders, msiFolder{Name: folder}), len(p.Folders)
		}
		p.Folders[at].Files = append(p.Folders[at].Files, m)
	}
	p.Components = append(p.Components, "Links", "Path", "Menu")
	return p, nil
}
