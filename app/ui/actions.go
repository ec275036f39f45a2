// Package ui is what the app does at the person's desktop: it carries out the clicks
// in the menu and in notifications ([Actions]), reminds of what they would otherwise
// find out too late ([Reminders]), follows vaultbar:// links ([Links]) and opens
// consoles ([Browsers]). All but the last reach the vault as every program does, as
// an agent.Service. [Desktop] has the windows and notices that they show, and knows
// nothing of a vault.
package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/app/desktop/terminal"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Actions carries out what a person clicks, in the menu and in notifications.
type Actions struct {
	*Desktop
	vault   agent.Service
	summon  func() // brings the open questions to this desktop
	logFile string
	// failed tells the person that what they clicked did not work; doing names it.
	failed func(ctx context.Context, doing, profile string, err error)

	finding sync.Mutex // held by whoever finds a profile without the menu

	mu     sync.Mutex         // guards what follows
	recent map[string][]place // by profile: where its console was opened, the last first
}

// NewActions makes the actions on a vault at a desktop. Summon brings the questions
// that are open to it.
func NewActions(desktop *Desktop, vault agent.Service, summon func(), logFile string) *Actions {
	a := &Actions{Desktop: desktop, vault: vault, summon: summon, logFile: logFile, recent: make(map[string][]place)}
	a.failed = a.showFailure
	return a
}

const (
	// withPerson is how long an action may take that asks the person something.
	withPerson = 15 * time.Minute
	// alone is how long one may take that does not.
	alone = time.Minute
)

// action is what a kind of click does.
type action struct {
	doing string        // for the message when it fails; %s is the profile or the sign-in
	limit time.Duration // how long it may take
	do    func(ctx context.Context, c click) error
}

// click is what was clicked.
type click struct {
	menu.Action
	raise func(profile string) error // brings a profile to the menu's top level
}

// table is what each kind of click does. A kind that is not here does nothing.
func (a *Actions) table() map[menu.Kind]action {
	return map[menu.Kind]action{
		menu.Answer:      {"ask again", withPerson, func(context.Context, click) error { a.summon(); return nil }},
		menu.Unlock:      {"unlock", withPerson, a.unlock},
		menu.Lock:        {"lock", alone, func(ctx context.Context, _ click) error { return a.vault.Lock(ctx) }},
		menu.Choose:      {"start the session of %s", withPerson, a.chooseAndStart},
		menu.Start:       {"start the session of %s", withPerson, a.start},
		menu.Renew:       {"renew the session of %s", withPerson, a.renew},
		menu.End:         {"end the session of %s", alone, a.end},
		menu.Revoke:      {"revoke what is allowed for %s", alone, a.revoke},
		menu.SignIn:      {"sign in to %s", withPerson, a.signIn},
		menu.SignInAgain: {"sign in to %s", withPerson, a.signIn},
		menu.SignOut:     {"sign out of %s", alone, a.signOut},
		menu.Console:     {"open the console of %s", withPerson, a.console},
		menu.Terminal:    {"open a terminal in %s", withPerson, a.terminal},
		menu.Copy:        {"copy the credentials of %s", withPerson, a.copyCredentials},
		menu.CopyID:      {"copy the ARN of %s", alone, a.copyID},
		menu.Rotate:      {"rotate the key of %s", withPerson, a.rotate},
		menu.Remove:      {"remove the credentials of %s", withPerson, a.remove},
		menu.Set:         {"change the setting", withPerson, a.set},
		menu.Explain:     {"explain %s", withPerson, a.explain},
		menu.Faults:      {"say what is wrong with the config file", withPerson, a.faults},
		menu.Find:        {"find a profile", withPerson, a.find},
		menu.Add:         {"add credentials", withPerson, a.add},
		menu.AddRole:     {"add a role above %s", withPerson, a.addRole},
		menu.Region:      {"set the region of %s", withPerson, a.setRegion},
		menu.Color:       {"set the window color of %s", withPerson, a.setColor},
		menu.Protect:     {"protect profiles", withPerson, a.protect},
		menu.Import:      {"move keys into the keychain", withPerson, a.importKeys},
		menu.StopServing: {"stop serving a profile", alone, a.stopServing},
		menu.Activity:    {"show what was done", withPerson, a.activity},
		menu.About:       {"say what this is", withPerson, a.about},
		menu.OpenLog:     {"open the log file", withPerson, a.openLog},
		menu.Quit:        {"quit", alone, func(ctx context.Context, _ click) error { return a.vault.Stop(ctx) }},
	}
}

// Do carries out a click and tells the person when it fails. What they canceled
// needs no words. Raise brings a profile to the menu's top level.
func (a *Actions) Do(ctx context.Context, clicked menu.Action, raise func(profile string) error) {
	action, ok := a.table()[clicked.Kind]
	if !ok {
		return
	}
	limited, cancel := context.WithTimeout(ctx, action.limit)
	defer cancel()
	err := action.do(limited, click{clicked, raise})
	if err == nil || errors.Is(err, vaultcore.ErrCanceled) || ctx.Err() != nil {
		return
	}
	doing := action.doing
	if strings.Contains(doing, "%s") {
		doing = fmt.Sprintf(doing, vaultcore.Printable(cmp.Or(clicked.Profile, clicked.SignIn)))
	}
	telling, done := context.WithTimeout(ctx, withPerson)
	defer done()
	a.failed(telling, doing, clicked.Profile, err)
}

func (a *Actions) unlock(ctx context.Context, _ click) error {
	return a.vault.Unlock(ctx, agent.UnlockRequest{Caller: vaultcore.Click("")})
}

// start makes a session of a profile. Its credentials stay where they are.
func (a *Actions) start(ctx context.Context, c click) error {
	_, err := a.vault.Credentials(ctx, agent.CredentialsRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	return err
}

func (a *Actions) chooseAndStart(ctx context.Context, c click) error {
	if err := c.raise(c.Profile); err != nil {
		return err
	}
	return a.start(ctx, c)
}

func (a *Actions) renew(ctx context.Context, c click) error {
	return a.vault.Renew(ctx, agent.CredentialsRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
}

func (a *Actions) end(ctx context.Context, c click) error {
	_, err := a.vault.Clear(ctx, agent.ClearRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	return err
}

// revoke ends one grant, or all that programs were allowed of a profile.
func (a *Actions) revoke(ctx context.Context, c click) error {
	r := agent.RevokeRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)}
	if c.Value != "" {
		var err error
		if r.ID, err = strconv.Atoi(c.Value); err != nil {
			return err
		}
	}
	_, err := a.vault.Revoke(ctx, r)
	return err
}

// signIn has the person sign in: their click is what opens the browser.
func (a *Actions) signIn(ctx context.Context, c click) error {
	_, err := a.vault.SignIn(ctx, agent.SignInRequest{Name: c.SignIn, Force: c.Kind == menu.SignInAgain, Caller: vaultcore.Click("")})
	return err
}

// signOut signs out, and tells what lives on all the same.
func (a *Actions) signOut(ctx context.Context, c click) error {
	result, err := a.vault.SignOut(ctx, agent.SignOutRequest{Name: c.SignIn, Caller: vaultcore.Click("")})
	if err == nil {
		_ = a.tell(ctx, notify.SignedOut(c.SignIn, result.LivesOn))
	}
	return err
}

// stopServing ends the serving of a profile, or of all.
func (a *Actions) stopServing(ctx context.Context, c click) error {
	r := agent.StopServingRequest{Caller: vaultcore.Click(c.Profile)}
	if c.Profile != "" {
		r.Profiles = []string{c.Profile}
	}
	_, err := a.vault.StopServing(ctx, r)
	return err
}

func (a *Actions) set(ctx context.Context, c click) error {
	return a.vault.Set(ctx, agent.SetRequest{Profile: c.Profile, Key: c.Setting, Value: c.Value, Caller: vaultcore.Click("")})
}

// Find lets the person find a profile without the menu, once at a time. It may return:
// what [agent.Service] says of it.
func (a *Actions) Find(ctx context.Context, query string) error {
	if !a.finding.TryLock() {
		return vaultcore.Faultf(vaultcore.ErrBusy, "the list of profiles is on the screen already")
	}
	defer a.finding.Unlock()
	ctx, cancel := context.WithTimeout(ctx, withPerson)
	defer cancel()
	noMenu := func(string) error { return nil }
	return a.findBy(ctx, query, noMenu)
}

func (a *Actions) find(ctx context.Context, c click) error { return a.findBy(ctx, "", c.raise) }

// findBy lets the person find a profile among those that fit a query, then choose what
// to do with it, as in the profile's own menu.
func (a *Actions) findBy(ctx context.Context, query string, raise func(profile string) error) error {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	if len(snapshot.Profiles) == 0 {
		return vaultcore.Faultf(vaultcore.ErrNoProfile, "there are no profiles yet").WithHint("run `vaultbar add NAME` to add one")
	}
	profile, err := a.dialogs.Find(ctx, snapshot.Profiles, query)
	if err != nil {
		return err
	}
	if err := raise(profile); err != nil {
		return err
	}
	if snapshot, err = a.vault.Snapshot(ctx); err != nil {
		return err
	}
	offered := menu.Actions(snapshot, time.Now(), menu.Options{Console: true}, profile)
	titles := make([]string, len(offered))
	for i, item := range offered {
		titles[i] = item.Title
	}
	at, err := a.dialogs.Pick(ctx, "What to do with "+vaultcore.Printable(profile), "", titles)
	if err != nil {
		return err
	}
	a.Do(ctx, offered[at].Action, raise)
	return nil
}

// remove removes a profile's long-term key, when the person confirms it.
func (a *Actions) remove(ctx context.Context, c click) error {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	sure, err := a.dialogs.ConfirmRemoval(ctx, c.Profile, snapshot.RemovalQuestion(c.Profile))
	if err != nil || !sure {
		return err
	}
	_, err = a.vault.Remove(ctx, agent.RemoveRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	return err
}

// terminal opens a terminal in which programs work as the profile.
func (a *Actions) terminal(ctx context.Context, c click) error {
	command, err := Companion()
	if err != nil {
		return err
	}
	return a.launcher.OpenTerminal(ctx, []string{command, "exec", "--", c.Profile}) // a name may begin like a flag
}

// openLog opens the log file. Where no program opens it, the person can take
// its path to one that does.
func (a *Actions) openLog(ctx context.Context, _ click) error {
	err := a.launcher.OpenFile(ctx, a.logFile)
	if !errors.Is(err, terminal.ErrNotOpened) {
		return err
	}
	copied, err := a.dialogs.Confirm(ctx, dialog.Message{
		Title: "Open the log file", Text: "No program here opens log files. The log is\n" + a.logFile,
		Yes: "Copy path", No: "Close",
	})
	if err != nil || !copied {
		return err
	}
	return a.clipboard.CopyText(ctx, a.logFile)
}

// Companion is the vaultbar command: it lies beside the app.
func Companion() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	command := filepath.Join(filepath.Dir(self), strings.Replace(filepath.Base(self), "vaultbar-app", "vaultbar", 1))
	if _, err := os.Stat(command); err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the vaultbar command is not next to the app").
			WithHint("install both in one folder")
	}
	return command, nil
}
