package cli

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/dirprofile"
)

func (p *program) dirCommand() *cobra.Command {
	var name bool
	cmd := &cobra.Command{
		Use:   "dir [flags]",
		Short: "Show which profile this folder uses, or choose it",
		Long: `Show which profile commands use here if they name none, and why. A file .vaultbar
names the profile of its folder and of the folders below it, in one line. It is used
once you have trusted it, and you are asked again when it changes. A profile named on
the command line comes first, then AWS_VAULT, then AWS_PROFILE, then the file.`,
		Example: `  vaultbar dir set staging     write .vaultbar here, and trust it
  vaultbar dir trust           trust the one that came with a repository`,
		Args: noOther,
		RunE: func(*cobra.Command, []string) error {
			if name {
				return p.dirName()
			}
			return p.dir()
		},
		SuggestionsMinimumDistance: 2,
	}
	cmd.Flags().BoolVar(&name, "name", false, "print only the name in the trusted file, for shell hooks")
	cmd.AddCommand(p.dirSetCommand(), p.dirTrustCommand(), p.dirForgetCommand(), p.dirListCommand())
	return cmd
}

func (p *program) dirSetCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "set PROFILE",
		Short:             "Write .vaultbar into this folder, and trust it",
		Args:              oneProfile,
		ValidArgsFunction: p.completesOne(profileNames),
		RunE:              func(cmd *cobra.Command, args []string) error { return p.dirSet(cmd.Context(), args[0]) },
	}
}

func (p *program) dirTrustCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trust [FOLDER]",
		Short: "Trust the .vaultbar of this folder, as it is now",
		Args:  atMostOne("folder"),
		RunE:  func(cmd *cobra.Command, args []string) error { return p.dirTrust(cmd.Context(), named(args)) },
	}
}

func (p *program) dirForgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forget [FOLDER]",
		Short: "Stop trusting it; the file stays",
		Args:  atMostOne("folder"),
		RunE:  func(cmd *cobra.Command, args []string) error { return p.dirForget(cmd.Context(), named(args)) },
	}
}

func (p *program) dirListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the files that you have trusted",
		Args:  nothingMore,
		RunE:  func(*cobra.Command, []string) error { return p.dirList() },
	}
}

// dirName prints the profile of a folder for the hook of a shell, which takes the words
// as they are.
func (p *program) dirName() error {
	f := p.here()
	if !f.trusted {
		p.complain(f)
		return nil
	}
	return p.print([]byte(f.Profile + "\n"))
}

// dir says which profile is used here, and why.
func (p *program) dir() error {
	in, f := p.implied(), p.here()
	var b strings.Builder
	if in.profile != "" {
		b.WriteString(report.Line(in.profile+", named by "+p.namedBy(in)) + "\n")
	}
	switch {
	case !f.found:
		b.WriteString("No " + dirprofile.Name + " is in this folder or in one above it.\n")
	case !in.folder.trusted:
		b.WriteString(report.Line(p.state(f)) + "\n")
	}
	if err := p.print([]byte(b.String())); err != nil {
		return err
	}
	switch {
	case !f.found:
		p.hint("`vaultbar dir set PROFILE` writes one")
	case !f.trusted:
		p.hint(nextStep(f))
	}
	return nil
}

// dirSet trusts a file before it is written: who says no has none.
func (p *program) dirSet(ctx context.Context, profile string) error {
	dir, err := os.Getwd()
	if err != nil {
		return vaultcore.Faultf(errFailed, "this folder cannot be found: %s", innermost(err))
	}
	path := dirprofile.PathIn(dir)
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return vaultcore.Faultf(errFailed, "%s is there already, and is not a file", p.tilde(path)).WithHint("remove it first")
	}
	file, err := dirprofile.Of(path, profile+"\n")
	if err != nil {
		return usagef("%q cannot be the name of a profile", vaultcore.Printable(profile)).WithHint("`vaultbar list --profiles` shows the profiles")
	}
	if err := p.trust(ctx, file); err != nil {
		return err
	}
	if err := atomicfile.Replace(path, []byte(file.Text), 0o644); err != nil {
		return vaultcore.Faultf(errFailed, "%s cannot be written: %s", p.tilde(path), innermost(err))
	}
	p.tell("Wrote %s: commands without a profile use %s here.", p.tilde(path), profile)
	return nil
}

// dirTrust has the person trust the file of a folder, or of one above it.
func (p *program) dirTrust(ctx context.Context, dir string) error {
	f, err := p.folderOf(dir)
	switch {
	case err != nil:
		return err
	case f.err != nil && f.Profile == "":
		return vaultcore.Faultf(errFailed, "%s", p.state(f)).WithHint("%s", nextStep(f))
	case f.trusted:
		p.tell("%s is trusted already.", p.tilde(f.Path))
		return nil
	}
	if err := p.trust(ctx, f.File); err != nil {
		return err
	}
	p.tell("Trusted %s: commands without a profile use %s there.", p.tilde(f.Path), f.Profile)
	return nil
}

// folderOf is the file of a folder, or of one above it; empty for where we are.
func (p *program) folderOf(dir string) (folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, vaultcore.Faultf(errFailed, "this folder cannot be found: %s", innermost(err))
	}
	f := p.folderAt(dir)
	if !f.found {
		return f, vaultcore.Faultf(errFailed, "there is no %s in %s, or in a folder above it", dirprofile.Name, p.tilde(dir)).
			WithHint("`vaultbar dir set PROFILE` writes one")
	}
	return f, nil
}

// trust asks the app, which asks the person.
func (p *program) trust(ctx context.Context, f dirprofile.File) error {
	return p.changeTrust(ctx, agent.FolderRequest{Path: f.Path, Profile: f.Profile, Text: f.Text})
}

func (p *program) changeTrust(ctx context.Context, r agent.FolderRequest) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	r.Caller = p.caller(asker, "")
	_, err = reach.Request(ctx, asker, reach.Bare(p.app.Client().TrustFolder), r)
	return err
}

// dirForget takes back trust in the file of a folder, which may be gone.
func (p *program) dirForget(ctx context.Context, dir string) error {
	list, err := trustedFolders()
	if err != nil {
		return err
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return vaultcore.Faultf(errFailed, "this folder cannot be found: %s", innermost(err))
	}
	path := dirprofile.PathIn(whole)
	if f := p.folderAt(whole); dir == "" && f.found {
		path = f.Path
	}
	text, ok := list[path]
	if !ok {
		return vaultcore.Faultf(errFailed, "%s is not trusted", p.tilde(path)).WithHint("`vaultbar dir list` shows what is")
	}
	file, _ := dirprofile.Of(path, text)
	if err := p.changeTrust(ctx, agent.FolderRequest{Path: path, Profile: file.Profile, Forget: true}); err != nil {
		return err
	}
	p.tell("%s is no longer trusted.", p.tilde(path))
	return nil
}

// dirList lists what is trusted, with what has become of it.
func (p *program) dirList() error {
	list, err := trustedFolders()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		p.tell("No folder is trusted.")
		return nil
	}
	rows := [][]string{{"PROFILE", "FOLDER", "FILE"}}
	for _, path := range slices.Sorted(maps.Keys(list)) {
		file, _ := dirprofile.Of(path, list[path])
		state := "as trusted"
		switch now, _, err := dirprofile.Find(filepath.Dir(path), filepath.Dir(path)); {
		case errors.Is(err, vaultcore.ErrConfig), err == nil && now.Path != "" && now.Text != file.Text:
			state = "changed"
		case now.Path == "":
			state = "gone"
		}
		rows = append(rows, []string{report.Line(file.Profile), report.Line(p.tilde(filepath.Dir(path))), state})
	}
	return p.print([]byte(report.Columns(rows, 0, 3)))
}
