package main

import (
	"debug/buildinfo"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bom is a software bill of materials, of CycloneDX 1.6.
type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   bomMetadata `json:"metadata"`
	Components []component `json:"components"`
	Needs      []needs     `json:"dependencies"`
}

type bomMetadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type     string    `json:"type"`
	Ref      string    `json:"bom-ref"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	PURL     string    `json:"purl,omitempty"`
	Hashes   []bomHash `json:"hashes,omitempty"`
	Licenses []license `json:"licenses,omitempty"`
}

type bomHash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type license struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type needs struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// boms writes one for each system whose programs are here. It says what the programs say
// of themselves: the modules that Go has linked, and Go itself.
func (r *release) boms() error {
	folders := map[string]string{}
	for _, s := range append(r.linux(), windows) {
		bin, err := r.built(s)
		if err != nil {
			return err
		}
		folders[s.String()] = bin
	}
	if r.macos != "" {
		folders["macos"] = r.macos
	}
	for system, bin := range folders {
		list, err := r.bomOf(bin)
		if err != nil {
			return err
		}
		name := "vaultbar-" + r.number + "-" + system + ".cdx.json"
		err = create(filepath.Join(r.out, name), func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "  ")
			return encoder.Encode(list)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bomOf is that of the programs of a folder.
func (r *release) bomOf(bin string) (bom, error) {
	whole := component{Type: "application", Ref: "vaultbar", Name: "vaultbar", Version: r.version, Licenses: make([]license, 1)}
	whole.Licenses[0].License.ID = "MIT"
	list := bom{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: bomMetadata{r.date.Format(time.RFC3339), whole}}
	top := needs{Ref: whole.Ref}
	known := map[string]bool{}
	programs, err := filesOf(bin)
	if err != nil {
		return bom{}, err
	}
	for _, program := range programs {
		if !strings.HasPrefix(program.to, "vaultbar") {
			continue
		}
		self, modules, err := r.linked(program)
		if err != nil {
			return bom{}, err
		}
		list.Components = append(list.Components, self)
		top.On = append(top.On, self.Ref)
		on := needs{Ref: self.Ref}
		for _, module := range modules {
			on.On = append(on.On, module.Ref)
			if !known[module.Ref] {
				known[module.Ref] = true
				list.Components = append(list.Components, module)
			}
		}
		list.Needs = append(list.Needs, on)
	}
	list.Needs = append([]needs{top}, list.Needs...)
	return list, nil
}

// linked is what a program is, and what is linked into it.
func (r *release) linked(program file) (self component, modules []component, err error) {
	info, err := buildinfo.ReadFile(program.from)
	if err != nil {
		return component{}, nil, err
	}
	text, err := os.ReadFile(program.from)
	if err != nil {
		return component{}, nil, err
	}
	self = component{Type: "application", Ref: program.to, Name: program.to, Version: r.version, Hashes: []bomHash{{"SHA-256", sum(text)}}}
	modules = append(modules, module("stdlib", strings.TrimPrefix(info.GoVersion, "go")))
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		modules = append(modules, module(dep.Path, dep.Version))
	}
	return self, modules, nil
}

func module(path, version string) component {
	ref := "pkg:golang/" + path + "@" + version
	return component{Type: "library", Ref: ref, Name: path, Version: version, PURL: ref}
}
