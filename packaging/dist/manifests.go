package main

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed manifests
var manifestTexts embed.FS

// download is a file of the result, as a manifest names it.
type download struct{ URL, Sum string }

// manifest is one for a package manager: the file that it is made of, where it goes in
// the result, and the file without which there is nothing for it to install.
type manifest struct{ text, to, needs string }

func (r *release) manifestsOf() []manifest {
	winget := func(name string) manifest {
		return manifest{"winget/" + name, "winget/" + name, r.windowsName() + ".zip"}
	}
	return []manifest{
		{"formula.rb", "homebrew/Formula/vaultbar.rb", r.sourceName()},
		{"cask.rb", "homebrew/Casks/vaultbar.rb", r.bundleName()},
		{"scoop.json", "scoop/vaultbar.json", r.windowsName() + ".zip"},
		{"PKGBUILD", "aur/PKGBUILD", r.sourceName()},
		winget("Vaultbar.Vaultbar.yaml"), winget("Vaultbar.Vaultbar.installer.yaml"), winget("Vaultbar.Vaultbar.locale.en-US.yaml"),
	}
}

// manifests writes those whose files were made.
func (r *release) manifests() error {
	facts := map[string]any{
		"Summary": summary, "Homepage": homepage, "Maintainer": maintainer, "Number": r.number, "Version": r.version,
		"Folder": r.windowsName(),
	}
	for key, name := range map[string]string{
		"Source": r.sourceName(), "MacOS": r.bundleName(), "Windows": r.windowsName() + ".zip",
	} {
		of, err := sumOf(filepath.Join(r.out, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		facts[key] = download{homepage + "/releases/download/" + r.version + "/" + name, of}
	}
	for _, m := range r.manifestsOf() {
		if !exists(filepath.Join(r.out, m.needs)) {
			skip("manifests/"+m.to, "there is no "+m.needs)
			continue
		}
		to := filepath.Join(r.out, "manifests", m.to)
		if err := once(to, func(w io.Writer) error { return fill(w, m.text, facts) }); err != nil {
			return err
		}
	}
	return nil
}

// fill writes one of the texts with the facts in it.
func fill(w io.Writer, name string, facts map[string]any) error {
	text, err := manifestTexts.ReadFile("manifests/" + name)
	if err != nil {
		return err
	}
	parsed, err := template.New(name).Funcs(template.FuncMap{"upper": strings.ToUpper}).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return err
	}
	return parsed.Execute(w, facts)
}
