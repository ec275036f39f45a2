package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// packagers are the kinds of packages, as nfpm calls them.
var packagers = []string{"deb", "rpm", "apk", "archlinux"}

const (
	homepage    = "https://github.com/vaultbar/vaultbar"
	maintainer  = "The Vaultbar authors <vaultbar@users.noreply.github.com>"
	summary     = "AWS keys in the keychain, and short-lived sessions of them"
	description = `Vaultbar keeps AWS access keys in the keychain of the system, and hands out
short-lived sessions to the programs that ask: aws, Terraform and whatever
uses an AWS SDK. One app in the menu bar owns the keys, the sessions and the
questions; one MFA code serves all programs that wait. Consoles open signed in.`
)

// recipe is what nfpm reads, as far as we say anything.
type recipe struct {
	Name        string                    `json:"name"`
	Arch        string                    `json:"arch"`
	Platform    string                    `json:"platform"`
	Version     string                    `json:"version"`
	Schema      string                    `json:"version_schema"`
	Section     string                    `json:"section"`
	Priority    string                    `json:"priority"`
	Maintainer  string                    `json:"maintainer"`
	Description string                    `json:"description"`
	Homepage    string                    `json:"homepage"`
	License     string                    `json:"license,omitempty"`
	MTime       time.Time                 `json:"mtime"`
	NoGlobs     bool                      `json:"disable_globbing"`
	Contents    []content                 `json:"contents"`
	Recommends  []string                  `json:"recommends"`
	Suggests    []string                  `json:"suggests,omitempty"`
	Scripts     map[string]string         `json:"scripts"`
	RPM         map[string]string         `json:"rpm"`
	ArchLinux   map[string]string         `json:"archlinux"`
	Overrides   map[string]map[string]any `json:"overrides"`
}

type content struct {
	Source string      `json:"src,omitempty"`
	To     string      `json:"dst"`
	Type   string      `json:"type,omitempty"` // "dir" for a folder
	Info   contentInfo `json:"file_info"`
}

type contentInfo struct {
	Mode  os.FileMode `json:"mode"`
	MTime time.Time   `json:"mtime"`
}

// packages makes those of Linux.
func (r *release) packages() error {
	for _, s := range r.linux() {
		files, err := r.staged(s)
		if err != nil {
			return err
		}
		for _, packager := range packagers {
			if !r.wants(packager) {
				continue
			}
			if err := r.pack(packager, s, files); err != nil {
				return err
			}
		}
	}
	return nil
}

// pack makes one package of what install.sh has installed.
func (r *release) pack(packager string, s system, files []file) error {
	files, err := r.inForm(packager, files)
	if err != nil {
		return err
	}
	script := file{from: filepath.Join(r.work, "removed.sh")}
	if err := once(script.from, func(w io.Writer) error { return copyFile(w, filepath.Join(r.root, "packaging/linux/removed.sh")) }); err != nil {
		return err
	}
	if err := r.dated([]file{script}); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r.recipeOf(packager, s, files, script.from), "", "  ")
	if err != nil {
		return err
	}
	written := filepath.Join(r.work, packager+"-"+s.arch+".json")
	if err := os.WriteFile(written, text, 0o644); err != nil {
		return err
	}
	to := filepath.Join(r.work, packager, s.arch)
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	command := r.command(nil, "go", "tool", "-modfile=packaging/tools.mod", "nfpm", "package", "-f", written, "-p", packager, "-t", to)
	command.Stdout = io.Discard
	if err := ended(command); err != nil {
		return err
	}
	return r.collect(to)
}

// collect moves what a tool has made into the result.
func (r *release) collect(from string) error {
	files, err := filesOf(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Rename(f.from, filepath.Join(r.out, f.to)); err != nil {
			return err
		}
		r.made(f.to)
	}
	return nil
}

func (r *release) recipeOf(packager string, s system, files []file, removed string) recipe {
	made := recipe{
		Name: "vaultbar", Arch: s.arch, Platform: s.os, Version: r.number, Schema: "none",
		Section: "utils", Priority: "optional", Maintainer: maintainer, Description: summary + "\n" + description,
		Homepage: homepage, License: "MIT", MTime: r.date, NoGlobs: true,
		Recommends: []string{"zenity", "xdg-utils"},
		Scripts:    map[string]string{"postremove": removed},
		RPM:        map[string]string{"summary": summary, "group": "Applications/System", "buildhost": "localhost", "packager": maintainer},
		ArchLinux:  map[string]string{"packager": maintainer},
		Overrides:  map[string]map[string]any{"deb": {"suggests": []string{"gnome-shell-extension-appindicator"}}},
	}
	switch packager {
	case "deb": // which has no field for it, but a file
		made.License = ""
	case "apk", "archlinux": // whose description is one line
		made.Description = summary
	}
	for _, f := range files {
		made.Contents = append(made.Contents, content{f.from, "/" + f.to, "", contentInfo{f.mode, r.date}})
	}
	if packager == "rpm" { // which leaves folders behind that are no package's
		for _, folder := range ourFolders(files) {
			made.Contents = append(made.Contents, content{"", "/" + folder, "dir", contentInfo{0o755, r.date}})
		}
	}
	return made
}

// ourFolders are those that only this package has files in, in order.
func ourFolders(files []file) (all []string) {
	for _, f := range files {
		for dir := path.Dir(f.to); strings.Contains(dir+"/", "/vaultbar/"); dir = path.Dir(dir) {
			all = append(all, dir)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

const doc = "usr/share/doc/vaultbar/"

// inForm brings the files into the form that a distribution asks for: manual pages are
// packed, and Debian has names of its own for the license and the changes.
func (r *release) inForm(packager string, files []file) ([]file, error) {
	files = slices.Clone(files)
	for i, f := range files {
		if !strings.HasPrefix(f.to, "usr/share/man/") {
			continue
		}
		to := filepath.Join(r.work, "packed", f.to+".gz")
		files[i] = file{to, f.to + ".gz", f.mode}
		if err := once(to, func(w io.Writer) error { return pack(w, f.from) }); err != nil {
			return nil, err
		}
	}
	if packager != "deb" {
		return files, nil
	}
	for i, f := range files {
		if f.to == doc+"LICENSE" {
			files[i].to = doc + "copyright"
		}
	}
	changes := filepath.Join(r.work, "packed", "changelog.gz")
	err := once(changes, func(w io.Writer) error {
		out := packed(w)
		_, err := fmt.Fprintf(out, "vaultbar (%s) unstable; urgency=medium\n\n  * What changed is in CHANGELOG.md beside this file.\n\n -- %s  %s\n",
			r.number, maintainer, r.date.Format(time.RFC1123Z))
		if err != nil {
			return err
		}
		return out.Close()
	})
	return append(files,
		file{changes, doc + "changelog.gz", 0o644},
		file{filepath.Join(r.root, "packaging/linux/lintian-overrides"), "usr/share/lintian/overrides/vaultbar", 0o644},
	), err
}

func copyFile(w io.Writer, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// once makes a file, where it is not there yet.
func once(to string, write func(io.Writer) error) error {
	if exists(to) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return create(to, write)
}
