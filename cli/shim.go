package cli

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/shim"
	"github.com/vaultbar/vaultbar/vaultcore"
)

func (p *program) shimCommand() *cobra.Command {
	return parent(&cobra.Command{
		Use:   "shim COMMAND",
		Short: "Make scripts that call aws-vault use Vaultbar",
		Long: `A link to vaultbar named aws-vault accepts aws-vault's command line, so that scripts,
shell functions and completions that call aws-vault keep working.`,
	}, "shim install|remove [flags]", p.shimInstallCommand(), p.shimRemoveCommand())
}

func (p *program) shimInstallCommand() *cobra.Command {
	var dir string
	var force bool
	cmd := &cobra.Command{
		Use:   "install [flags]",
		Short: "Create the link, where PATH finds it first",
		Long: `Make the link where PATH finds it first, and say where. If another aws-vault is
installed, this takes --force: it stays, but its name alone no longer finds it.`,
		Args: nothingMore,
		RunE: func(*cobra.Command, []string) error { return p.shimInstall(dir, force) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "make the link in this `folder`")
	_ = cmd.MarkFlagDirname("dir") // it is there
	cmd.Flags().BoolVarP(&force, "force", "f", false, "take the name from another aws-vault")
	return cmd
}

func (p *program) shimRemoveCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "remove [flags]",
		Short: "Remove the link, and give another aws-vault its name back",
		Args:  nothingMore,
		RunE:  func(*cobra.Command, []string) error { return p.shimRemove(dir) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "also look in this `folder`")
	_ = cmd.MarkFlagDirname("dir") // it is there
	return cmd
}

// shimPerson is whoever wants the link, and the folder that they name, made whole.
func (p *program) shimPerson(dir string) (shim.Person, string, error) {
	command, err := ownPath(p.calledAs())
	if err == nil && dir != "" {
		dir, err = filepath.Abs(dir)
	}
	return shim.Person{Command: command, Home: p.home(), Getenv: p.env.get}, dir, err
}

// shimInstall makes the link, and says what the shell finds now.
func (p *program) shimInstall(dir string, force bool) error {
	who, dir, err := p.shimPerson(dir)
	if err != nil {
		return err
	}
	places := shim.Survey(who)
	plan, err := shim.Choose(places, force)
	if dir != "" {
		plan, err = shim.ChooseDir(places, who.Look(dir), force)
	}
	if err != nil {
		return p.noShim(plan, err)
	}
	link, err := shim.Link(plan, who.Command)
	if err != nil {
		return vaultcore.Faultf(errFailed, "no link can be made in %s: %s", p.tilde(plan.Dir), innermost(err)).
			WithHint("--dir DIR names a folder that is in PATH and that you can write to")
	}
	p.tell("Made %s.", p.tilde(link))
	switch found, ok := shim.Found(shim.Survey(who)); {
	case ok && found.Holds == shim.Theirs:
		p.warn("PATH has " + p.tilde(found.File) + " first: aws-vault is still that program, and the link works only by its path")
	case !inPath(places, plan.Dir):
		p.warn(p.tilde(plan.Dir) + " is not in PATH: the link works only by its path")
	case plan.Aside != "":
		p.hint("the program that had the name is kept next to it; `vaultbar shim remove` restores it\n" + rehash)
	case plan.Behind != "":
		p.hint(p.tilde(plan.Behind) + " is still there; `vaultbar shim remove` gives it back its name\n" + rehash)
	}
	p.hint(shim.AfterUpgrade)
	return nil
}

// rehash is what shells need that have run the other program before.
const rehash = "`hash -r` makes shells that are already open look again"

func inPath(places []shim.Place, dir string) bool {
	return slices.ContainsFunc(places, func(p shim.Place) bool { return p.Dir == dir })
}

// noShim says why the link is not made.
func (p *program) noShim(plan shim.Plan, err error) error {
	switch {
	case errors.Is(err, shim.ErrTaken) && plan.Aside != "":
		return vaultcore.Faultf(errFailed, "another aws-vault is installed: %s", p.tilde(plan.Behind)).
			WithHint("--force moves it aside there, and `vaultbar shim remove` brings it back; `vaultbar import --from aws-vault` copies its keys first")
	case errors.Is(err, shim.ErrTaken):
		return vaultcore.Faultf(errFailed, "another aws-vault is installed: %s", p.tilde(plan.Behind)).
			WithHint("--force puts the link ahead of it, into %s; `vaultbar import --from aws-vault` copies its keys first", p.tilde(plan.Dir))
	case plan.Behind != "":
		return vaultcore.Faultf(errFailed, "no folder ahead of %s in PATH is writable", p.tilde(plan.Behind)).
			WithHint("put a folder of your own, such as ~/.local/bin, first in PATH, or remove that program")
	default:
		return vaultcore.Faultf(errFailed, "no folder in PATH is writable").
			WithHint("put a folder of your own, such as ~/.local/bin, into PATH, or name one with --dir")
	}
}

// shimRemove takes every link away that can be found.
func (p *program) shimRemove(dir string) error {
	who, dir, err := p.shimPerson(dir)
	if err != nil {
		return err
	}
	places := shim.Survey(who)
	for _, more := range []string{filepath.Dir(who.Command), dir} {
		if more != "" && !inPath(places, more) {
			places = append(places, who.Look(more))
		}
	}
	removed := false
	for _, place := range places {
		if place.Holds != shim.Ours {
			continue
		}
		back, err := shim.Unlink(place)
		if err != nil {
			return vaultcore.Faultf(errFailed, "%s cannot be removed: %s", p.tilde(place.File), innermost(err))
		}
		removed = true
		p.tell("Removed %s.", p.tilde(place.File))
		if back != "" {
			p.tell("%s is restored.", p.tilde(back))
		}
	}
	if !removed {
		p.tell("There is no link to remove.")
	}
	return nil
}
