package cli

import (
	"os"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/dirprofile"
)

// folder is what the file .vaultbar of a folder, or of one above it, says.
type folder struct {
	dirprofile.File       // with a path alone where the file cannot be used
	found           bool  // there is one
	trusted         bool  // and the person trusts it as it is
	changed         bool  // they have trusted another text of it
	err             error // why the file cannot be used
}

// folderAt looks at a folder. It reads the file and what is trusted, once each, and
// neither starts nor asks the app.
func (p *program) folderAt(dir string) folder {
	file, found, err := dirprofile.Find(dir, p.home())
	f := folder{File: file, found: found, err: err}
	if !found {
		return f
	}
	list, failed := trustedFolders()
	if f.err == nil {
		f.err = failed
	}
	before, known := list[f.Path]
	f.trusted = f.err == nil && list.Trusts(f.File)
	f.changed = known && before != f.Text
	return f
}

// trustedFolders is the person's list.
func trustedFolders() (dirprofile.List, error) {
	own, err := appdirs.Locate()
	if err != nil {
		return nil, err
	}
	return dirprofile.ReadList(own.State)
}

// here looks at the folder that we are in.
func (p *program) here() folder {
	dir, err := os.Getwd()
	if err != nil {
		return folder{} // it was removed
	}
	return p.folderAt(dir)
}

// state says how it stands with a file, as a sentence.
func (p *program) state(f folder) string {
	file := p.tilde(vaultcore.PrintableUpTo(f.Path, maxShownPath))
	switch {
	case f.err != nil:
		return file + " is not used: " + f.err.Error()
	case f.trusted:
		return file + " names " + vaultcore.Printable(f.Profile) + ", and is trusted"
	case f.changed:
		return file + " has changed since you trusted it, so it is not used: it names " + vaultcore.Printable(f.Profile)
	default:
		return file + " names " + vaultcore.Printable(f.Profile) + ", but is not used: you have not trusted it"
	}
}

// maxShownPath is how many characters of a path a line shows.
const maxShownPath = 200

// nextStep is what to do about a file that is not used.
func nextStep(f folder) string {
	if f.err != nil {
		if hint := vaultcore.Hint(f.err); hint != "" {
			return hint
		}
		return "correct it, or rewrite it with `vaultbar dir set PROFILE` in its folder"
	}
	return "run `vaultbar dir trust` to use it"
}

// complain says that a file is not used, if that is so.
func (p *program) complain(f folder) {
	if f.found && !f.trusted {
		p.warn(p.state(f))
		p.hint(nextStep(f))
	}
}

// implied is the profile of a command that names none.
type implied struct {
	profile string // empty for none
	by      string // what names it, for a person
	folder  folder // as it was looked at; zero where a variable had the say
}

// fromHook is the variable by which the hook of a shell says which AWS_PROFILE it has set
// for a folder.
const fromHook = "VAULTBAR_DIR_PROFILE"

// implied is the profile of this shell, else that of the folder.
func (p *program) implied() implied {
	for _, variable := range []string{"AWS_VAULT", "AWS_PROFILE"} {
		if name := p.env.get(variable); name != "" {
			return implied{profile: name, by: variable}
		}
	}
	f := p.here()
	if !f.trusted {
		return implied{folder: f}
	}
	return implied{f.Profile, p.tilde(f.Path), f}
}

// namedBy says what names an implied profile, and of a variable who has set it.
func (p *program) namedBy(in implied) string {
	if in.by == "AWS_PROFILE" && in.profile == p.env.get(fromHook) {
		if f := p.here(); f.trusted && f.Profile == in.profile {
			return "AWS_PROFILE, which your shell has set for " + p.tilde(f.Path)
		}
	}
	return in.by
}
