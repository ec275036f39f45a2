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
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Actions carries out what a person clicks, in the menu and in notifications.
type Actions struct {
	*Screen
	vault   agent.Service
	summon  func() // brings the open questions to this screen
	logFile string
	// failed tells the person that what they clicked did not work; doing names it.
	failed func(ctx context.Context, doing, profile string, err error)

	mu     sync.Mutex         // guards what follows
	recent map[string][]place // by profile: where its console was opened, the last first
}

// NewActions makes the actions on a vault at a screen. Summon brings the questions
// that are open to it.
func NewActions(screen *Screen, vault agent.Service, summon func(), logFile string) *Actions {
	s := &Actions{Screen: screen, vault: vault, summon: summon, logFile: logFile, recent: make(map[string][]place)}
	s.failed = s.showFailure
	return s
}

const (
	// withPerson is how long an action may take that asks the person something.
	withPerson = 15 * time.Minute
	// alone is how long one may take that does not.
	alone = time.Minute
)

// action is what a kind of click does.
type action struct {
	doing string        // for the message when it fails; %s is the profile
	limit time.Duration // how long it may take
	do    func(ctx context.Context, c click) error
}

// click is what was clicked.
type click struct {
	menu.Action
	raise func(profile string) error // brings a profile to the menu's top level
}

// table is what each kind of click does. A kind that is not here does nothing.
func (s *Actions) table() map[menu.Kind]action {
	return map[menu.Kind]action{
		menu.Answer:   {"ask again", withPerson, func(context.Context, click) error { s.summon(); return nil }},
		menu.Unlock:   {"unlock", withPerson, s.unlock},
		menu.Lock:     {"lock", alone, func(ctx context.Context, _ click) error { return s.vault.Lock(ctx) }},
		menu.Choose:   {"start the session of %s", withPerson, s.chooseAndStart},
		menu.Start:    {"start the session of %s", withPerson, s.start},
		menu.Renew:    {"renew the session of %s", withPerson, s.renew},
		menu.End:      {"end the session of %s", alone, s.end},
		menu.Console:  {"open the console of %s", withPerson, s.console},
		menu.Terminal: {"open a terminal in %s", withPerson, s.terminal},
		menu.Copy:     {"copy the credentials of %s", withPerson, s.copyCredentials},
		menu.CopyID:   {"copy the account id of %s", alone, s.copyID},
		menu.Remove:   {"remove the credentials of %s", withPerson, s.remove},
		menu.Set:      {"change the setting", alone, s.set},
		menu.Explain:  {"explain %s", withPerson, s.explain},
		menu.Faults:   {"say what is wrong with the config file", withPerson, s.faults},
		menu.Find:     {"find a profile", withPerson, s.find},
		menu.Add:      {"add credentials", withPerson, s.add},
		menu.About:    {"say what this is", withPerson, s.about},
		menu.OpenLog:  {"open the log file", withPerson, s.openLog},
		menu.Quit:     {"quit", alone, func(ctx context.Context, _ click) error { return s.vault.Stop(ctx) }},
	}
}

// Do carries out a click and tells the person when it fails. What they cancelled
// needs no words. Raise brings a profile to the menu's top level.
func (s *Actions) Do(ctx context.Context, a menu.Action, raise func(profile string) error) {
	action, ok := s.table()[a.Kind]
	if !ok {
		return
	}
	limited, cancel := context.WithTimeout(ctx, action.limit)
	defer cancel()
	err := action.do(limited, click{a, raise})
	if err == nil || errors.Is(err, vaultcore.ErrCanceled) || ctx.Err() != nil {
		return
	}
	doing := action.doing
	if strings.Contains(doing, "%s") {
		doing = fmt.Sprintf(doing, vaultcore.Printable(a.Profile))
	}
	telling, done := context.WithTimeout(ctx, withPerson)
	defer done()
	s.failed(telling, doing, a.Profile, err)
}

func (s *Actions) unlock(ctx context.Context, _ click) error {
	return s.vault.Unlock(ctx, agent.UnlockRequest{Caller: vaultcore.Click("")})
}

// start makes a session of a profile. Its credentials stay where they are.
func (s *Actions) start(ctx context.Context, c click) error {
	_, err := s.vault.Credentials(ctx, agent.CredentialsRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	return err
}

func (s *Actions) chooseAndStart(ctx context.Context, c click) error {
	if err := c.raise(c.Profile); err != nil {
		return err
	}
	return s.start(ctx, c)
}

func (s *Actions) renew(ctx context.Context, c click) error {
	return s.vault.Renew(ctx, agent.CredentialsRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
}

func (s *Actions) end(ctx context.Context, c click) error {
	_, err := s.vault.Clear(ctx, agent.ClearRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	return err
}

func (s *Actions) set(ctx context.Context, c click) error {
	return s.vault.Set(ctx, agent.SetRequest{Profile: c.Profile, Key: c.Setting, Value: c.Value, Caller: vaultcore.Click(c.Profile)})
}

// find lets the person find a profile, then choose what to do with it, as in the
// profile's own menu.
func (s *Actions) find(ctx context.Context, c click) error {
	snapshot, err := s.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	profile, err := s.dialogs.Find(ctx, snapshot.Profiles)
	if err != nil || profile == "" {
		return err
	}
	if err := c.raise(profile); err != nil {
		return err
	}
	if snapshot, err = s.vault.Snapshot(ctx); err != nil {
		return err
	}
	offered := menu.Actions(snapshot, time.Now(), menu.Options{Console: true}, profile)
	titles := make([]string, len(offered))
	for i, item := range offered {
		titles[i] = item.Title
	}
	at, err := s.dialogs.Pick(ctx, "What to do with "+vaultcore.Printable(profile), "", titles)
	if err != nil || at < 0 {
		return err
	}
	s.Do(ctx, offered[at].Action, c.raise)
	return nil
}

// remove removes a profile's long-term key, when the person confirms it.
func (s *Actions) remove(ctx context.Context, c click) error {
	snapshot, err := s.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	sure, err := s.dialogs.ConfirmRemoval(ctx, c.Profile, endWith(snapshot, c.Profile))
	if err != nil || !sure {
		return err
	}
	_, err = s.vault.Remove(ctx, agent.RemoveRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	return err
}

// endWith counts the profiles whose session a key's removal ends.
func endWith(s vaultcore.Snapshot, key string) int {
	n := 0
	for _, p := range s.Profiles {
		if p.Source == key && len(p.Sessions) > 0 {
			n++
		}
	}
	return n
}

// terminal opens a terminal in which programs work as the profile.
func (s *Actions) terminal(ctx context.Context, c click) error {
	command, err := Companion()
	if err != nil {
		return err
	}
	return s.launcher.OpenTerminal(ctx, []string{command, "exec", "--", c.Profile}) // a name may begin like a flag
}

// copyCredentials puts a profile's credentials on the clipboard.
func (s *Actions) copyCredentials(ctx context.Context, c click) error {
	result, err := s.vault.Credentials(ctx, agent.CredentialsRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	if err != nil {
		return err
	}
	if err := s.clipboard.Copy(ctx, vaultcore.NewSecret(forShell(result, c.Value))); err != nil {
		return err
	}
	s.tell(ctx, notify.Copied(c.Profile, clipboard.Life))
	return nil
}

// copyID puts a profile's account id on the clipboard.
func (s *Actions) copyID(ctx context.Context, c click) error {
	if err := s.clipboard.CopyText(ctx, c.Value); err != nil {
		return err
	}
	s.tell(ctx, notify.CopiedID(c.Profile))
	return nil
}

// about says what this program is.
func (s *Actions) about(ctx context.Context, _ click) error {
	status, err := s.vault.Status(ctx)
	if err != nil {
		return err
	}
	return s.dialogs.About(ctx, status.Version, "Keychain: "+status.Keychain, "Config: "+status.Config, "Log: "+status.Log)
}

// openLog opens the log file. Where no program opens it, the person can take
// its path to one that does.
func (s *Actions) openLog(ctx context.Context, _ click) error {
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
