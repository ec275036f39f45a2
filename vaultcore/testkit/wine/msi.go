package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// makers are what an MSI is made with: Debian's packages wixl and msitools.
var makers = []string{"wixl", "msibuild", "msiinfo"}

// inPlace are command lines, and what they say once Vaultbar is installed. cmd finds the
// command by the person's PATH.
var inPlace = []struct {
	line []string
	want string
}{
	{[]string{"cmd", "/c", "vaultbar version"}, "windows/amd64"},
	{[]string{"reg", "query", `HKCU\Software\Classes\vaultbar\shell\open\command`, "/ve"}, `\Programs\Vaultbar\vaultbar-app.exe" open "%1"`},
	{[]string{"reg", "query", `HKCU\Software\Classes\vaultbar`, "/v", "URL Protocol"}, "REG_SZ"},
}

// msi makes the MSI, installs it, and takes it out again: what is left is what was there.
func (p *prefix) msi(ctx context.Context) error {
	for _, tool := range makers {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("The MSI is not tried: there is no %s here (Debian: wixl msitools).\n", tool)
			return nil
		}
	}
	packaged, err := p.makeMSI(ctx)
	if err != nil {
		return err
	}
	before, err := p.state(ctx)
	if err != nil {
		return err
	}
	if err := p.installer(ctx, "/i", packaged); err != nil {
		return err
	}
	for _, check := range inPlace {
		if said, err := p.run(ctx, "", "wine", check.line...); err != nil || !strings.Contains(said, check.want) {
			return fmt.Errorf("the MSI is installed, and %q says, instead of %q: %w\n%s", check.line, check.want, err, said)
		}
	}
	with, err := p.state(ctx)
	if err != nil {
		return err
	}
	if err := p.installer(ctx, "/x", packaged); err != nil {
		return err
	}
	after, err := p.state(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(before, after) {
		return fmt.Errorf("the MSI is taken out, and this is not what was there before:\n%s", strings.Join(differ(before, after), "\n"))
	}
	fmt.Printf("ok   the MSI puts %d files and registry lines in place, and takes them out again\n", len(differ(before, with)))
	return nil
}

// makeMSI makes it as it is released, and returns where it is.
func (p *prefix) makeMSI(ctx context.Context) (string, error) {
	out := filepath.Join(p.dir, "dist")
	cmd := exec.CommandContext(ctx, "make", "--silent", "dist", "ONLY=msi", "DIST="+out)
	cmd.Env = plain(os.Environ())
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make dist ONLY=msi: %w\n%s", err, said)
	}
	found, err := filepath.Glob(filepath.Join(out, "*.msi"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d MSIs are made", len(found))
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// installer has Windows Installer do something with an MSI, without a question.
func (p *prefix) installer(ctx context.Context, action, packaged string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stepTime, fmt.Errorf("it did not end within %s", stepTime))
	defer cancel()
	if said, err := p.run(ctx, "", "wine", "msiexec", action, packaged, "/qn"); err != nil {
		return fmt.Errorf("msiexec %s: %w\n%s", action, errors.Join(err, context.Cause(ctx)), said)
	}
	return nil
}

// state is what an installation could leave behind: the person's files, and their
// registry but for what Windows Installer keeps of itself.
func (p *prefix) state(ctx context.Context) (lines []string, err error) {
	for _, key := range []string{`HKCU\Environment`, `HKCU\Software\Classes`, `HKCU\Software\Vaultbar`, `HKCU\Software\Microsoft\Windows\CurrentVersion`, `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall`} {
		said, err := p.run(ctx, "", "wine", "reg", "query", key, "/s")
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) { // it is one for a key that is not there
			return nil, err
		}
		for line := range strings.Lines(said) {
			lines = append(lines, key+": "+strings.TrimSpace(line))
		}
	}
	err = filepath.WalkDir(p.path("users"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			lines = append(lines, path)
		}
		return err
	})
	slices.Sort(lines)
	return lines, err
}

// differ are the lines that only one of two states has.
func differ(before, after []string) (lines []string) {
	for _, line := range before {
		if !slices.Contains(after, line) {
			lines = append(lines, "- "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			lines = append(lines, "+ "+line)
		}
	}
	return lines
}
