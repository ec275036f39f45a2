// Package ui is what the app does at the person's desktop: it carries out the clicks
// in the menu and in notifications ([Actions]), reminds of what they would otherwise
// find out too late ([Reminders]), follows vaultbar:// links ([Links]) and opens
// consoles ([Browsers]). All but the last reach the vault as every program does, as
// an agent.Service. [Screen] has the windows and notices that they show, and knows
// nothing of a vault.
package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/clipboard"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/app/desktop/terminal"
	"github.com/vaultbar/vaultbar/tray"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Actions carries out what a person clicks.
type Actions struct {
	*Screen
	vault   agent.Service
	summon  func() // brings the open questions to this screen
	logFile string

	mu     sync.Mutex         // guards what follows
	recent map[string][]place // by profile: where its console was opened, the last first
}

var _ tray.Desktop = (*Actions)(nil)

// NewActions makes the actions on a vault at a screen. Summon brings the questions
// that are open to it.
func NewActions(screen *Screen, vault agent.Service, summon func(), logFile string) *Actions {
	return &Actions{Screen: screen, vault: vault, summon: summon, logFile: logFile, recent: make(map[string][]place)}
}

// FindProfile is part of [tray.Desktop].
func (s *Actions) FindProfile(ctx context.Context) (string, error) {
	snapshot, err := s.vault.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	name, err := s.dialogs.Find(ctx, snapshot.Profiles)
	if err == nil && name == "" {
		return "", vaultcore.ErrCanceled
	}
	return name, err
}

// ChooseAction is part of [tray.Desktop].
func (s *Actions) ChooseAction(ctx context.Context, profile string, actions []string) (int, error) {
	name := vaultcore.Printable(profile)
	at, err := s.dialogs.Pick(ctx, "What to do with "+name, "", actions)
	if err == nil && at < 0 {
		return -1, vaultcore.ErrCanceled
	}
	return at, err
}

// RemoveCredentials is part of [tray.Desktop].
func (s *Actions) RemoveCredentials(ctx context.Context, profile string) error {
	snapshot, err := s.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, p := range snapshot.Profiles {
		if p.Source == profile && len(p.Sessions) > 0 {
			n++
		}
	}
	sure, err := s.dialogs.ConfirmRemoval(ctx, profile, n)
	if err != nil || !sure {
		return err
	}
	_, err = s.vault.Remove(ctx, agent.RemoveRequest{Profile: profile, Caller: atTheDesktop(profile)})
	return err
}

// OpenTerminal is part of [tray.Desktop].
func (s *Actions) OpenTerminal(ctx context.Context, profile string) error {
	command, err := Companion()
	if err != nil {
		return err
	}
	return s.launcher.OpenTerminal(ctx, []string{command, "exec", "--", profile}) // a name may begin like a flag
}

// Copy is part of [tray.Desktop].
func (s *Actions) Copy(ctx context.Context, profile, format string) error {
	result, err := s.vault.Credentials(ctx, agent.CredentialsRequest{Profile: profile, Caller: atTheDesktop(profile)})
	if err != nil {
		return err
	}
	if err := s.clipboard.Copy(ctx, vaultcore.NewSecret(forShell(result, format))); err != nil {
		return err
	}
	s.tell(ctx, notify.Copied(profile, clipboard.Life))
	return nil
}

// CopyID is part of [tray.Desktop].
func (s *Actions) CopyID(ctx context.Context, profile, account string) error {
	if err := s.clipboard.CopyText(ctx, account); err != nil {
		return err
	}
	s.tell(ctx, notify.CopiedID(profile))
	return nil
}

// Answer is part of [tray.Desktop].
func (s *Actions) Answer(context.Context) error {
	s.summon()
	return nil
}

// About is part of [tray.Desktop].
func (s *Actions) About(ctx context.Context) error {
	status, err := s.vault.Status(ctx)
	if err != nil {
		return err
	}
	return s.dialogs.About(ctx, status.Version, "Keychain: "+status.Keychain, "Config: "+status.Config, "Log: "+status.Log)
}

// OpenLog is part of [tray.Desktop]. Where no program opens it, the person can take
// its path to one that does.
func (s *Actions) OpenLog(ctx context.Context) error {
	err := s.launcher.OpenFile(ctx, s.logFile)
	if !errors.Is(err, terminal.ErrNotOpened) {
		return err
	}
	copied, err := s.dialogs.Confirm(ctx, dialog.Message{
		Title: "Open the log file", Text: "No program here opens log files. The log is\n" + s.logFile,
		Yes: "Copy path", No: "Close",
	})
	if err != nil || !copied {
		return err
	}
	return s.clipboard.CopyText(ctx, s.logFile)
}

// forShell words credentials for a shell or a file of variables. No value holds
// a quote: AWS's are letters, digits, + / and =, a region's is checked.
func forShell(r agent.CredentialsResult, format string) string {
	var b strings.Builder
	line := func(name, value string) {
		switch {
		case value == "":
		case format == menu.CopyExport:
			fmt.Fprintf(&b, "export %s='%s'\n", name, value)
		default:
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}
	}
	line("AWS_ACCESS_KEY_ID", r.Credentials.AccessKeyID)
	line("AWS_SECRET_ACCESS_KEY", r.Credentials.SecretAccessKey.Reveal())
	line("AWS_SESSION_TOKEN", r.Credentials.SessionToken.Reveal())
	if !r.Credentials.Expires.IsZero() {
		line("AWS_CREDENTIAL_EXPIRATION", r.Credentials.Expires.UTC().Format(time.RFC3339))
	}
	line("AWS_REGION", r.Region)
	line("AWS_DEFAULT_REGION", r.Region)
	return b.String()
}

// Companion is the vaultbar command: it lies beside the app.
func Companion() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	command := filepath.Join(filepath.Dir(self), strings.Replace(filepath.Base(self), "vaultbar-app", "vaultbar", 1))
	if _, err := os.Stat(command); err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the vaultbar command is not beside the app").
			WithHint("install both into one folder")
	}
	return command, nil
}
