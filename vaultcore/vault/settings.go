package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Settings are the person's settings as they are now.
type Settings struct {
	folders appdirs.Folders
	now     atomic.Pointer[settings.Settings]
}

// ReadSettings reads the settings, with what the environment says in their place and
// the folder of the file keychain filled in, and says what is wrong with them.
func ReadSettings(folders appdirs.Folders) (*Settings, []string, error) {
	s := &Settings{folders: folders}
	faults, err := s.read()
	return s, faults, err
}

func (s *Settings) read() ([]string, error) {
	own, faults, err := settings.Load(s.File())
	if err != nil {
		return faults, err
	}
	if own, err = own.WithEnv(os.Getenv); err != nil {
		return faults, err
	}
	if own.FileDir == "" {
		own.FileDir = filepath.Join(s.folders.Data, "keychain")
	}
	s.now.Store(&own)
	return faults, nil
}

// Now returns the settings as they are now. They are never changed in place.
func (s *Settings) Now() settings.Settings { return *s.now.Load() }

// File is where they are kept.
func (s *Settings) File() string { return s.folders.Settings() }

// keepsFresh decides which sessions are renewed ahead of time.
func (v *Vault) keepsFresh(profile string, inUse bool) bool {
	own := v.settings.Now()
	wanted := own.Profiles[profile].Pinned || own.Profiles[profile].KeepFresh
	switch own.KeepFresh {
	case settings.FreshNever:
		return false
	case settings.FreshPinned:
		return wanted
	default:
		return wanted || inUse
	}
}

// Settings is part of [agent.Service].
func (v *Vault) Settings(context.Context) ([]agent.Setting, error) {
	var all []agent.Setting
	own := v.shown()
	for _, setting := range settings.Table() {
		all = append(all, agent.Setting{Key: setting.Key, Value: setting.Get(own), Default: setting.Default, Help: setting.Help})
	}
	return all, nil
}

// settingValues are all settings by key, for a screen.
func (v *Vault) settingValues() map[string]string {
	own := v.shown()
	values := make(map[string]string)
	for _, setting := range settings.Table() {
		values[setting.Key] = setting.Get(own)
	}
	return values
}

// shown are the settings as a person should see them: whether the app opens at
// login is for the desktop to say, whose settings have a switch for it too.
func (v *Vault) shown() settings.Settings {
	own := v.settings.Now()
	own.OpenAtLogin = v.desktop.OpensAtLogin()
	return own
}

// Set is part of [agent.Service].
func (v *Vault) Set(ctx context.Context, r agent.SetRequest) error {
	if r.Key == "backend" {
		return vaultcore.Faultf(vaultcore.ErrRequest, "the backend cannot be changed once keys are stored").
			WithHint("to change it, stop Vaultbar, set backend in %s, and add the keys again", v.settings.File())
	}
	own := r.Profile == "" && r.SignIn == ""
	if r.SignIn == "" {
		if err := v.approve(ctx, r); err != nil {
			return err
		}
	}
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	before := v.settings.Now()
	if err := v.write(ctx, r); err != nil {
		return err
	}
	if err := v.reload(r); err != nil {
		return err
	}
	if !own || r.Key != "open_at_login" {
		return nil
	}
	if err := v.desktop.SetOpenAtLogin(v.settings.Now().OpenAtLogin); err != nil {
		setting, _ := settings.Lookup(r.Key)
		r.Value = setting.Get(before) // what cannot be kept to is not promised
		return errors.Join(fmt.Errorf("change what opens at login: %w", err), v.write(ctx, r), v.reload(r))
	}
	v.changed.Notify()
	return nil
}

func (v *Vault) write(ctx context.Context, r agent.SetRequest) error {
	switch {
	case r.SignIn != "":
		in, err := v.signInNamed(ctx, r.SignIn)
		if err != nil {
			return err
		}
		return settings.SetSignIn(v.settings.File(), in.Name, r.Key, r.Value)
	case r.Profile == "":
		return settings.Set(v.settings.File(), r.Key, r.Value)
	}
	config := v.liveConfig(ctx).Latest(ctx, r.Profile)
	if _, ok := config.Profiles.Get(r.Profile); !ok {
		return vaultcore.NoProfile(r.Profile, config.File, config.Profiles.Like(r.Profile))
	}
	return settings.SetProfile(v.settings.File(), r.Profile, r.Key, r.Value)
}

// reload reads the settings file after what Vaultbar has written to it, and tells those
// whom it concerns.
func (v *Vault) reload(written ...agent.SetRequest) error {
	before := v.settings.Now()
	if _, err := v.settings.read(); err != nil {
		return err
	}
	own := v.settings.Now()
	v.loosened(before, own, written...)
	if before.SSOShare != own.SSOShare {
		v.shareSignIns()
	}
	v.plans.anew() // session_duration is part of every plan
	if !reflect.DeepEqual(before.Trust(), own.Trust()) {
		v.followEdits(v.life) // what is trusted no more renews nothing
	}
	v.changed.Notify()
	return nil
}

// AllowSandboxes changes the setting, so that programs in containers and sandboxes get
// what they ask for. The person was asked.
func (v *Vault) AllowSandboxes(ctx context.Context) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	allowed := agent.SetRequest{Key: "sandboxes", Value: string(settings.SandboxesAllow)}
	if err := v.write(ctx, allowed); err != nil {
		return err
	}
	return v.reload(allowed)
}

// trust writes items to the settings.
func (v *Vault) trust(ctx context.Context, items []trust.Item) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	for _, item := range items {
		if err := settings.Set(v.settings.File(), string(item.Kind), v.settings.Now().Listing(item)); err != nil {
			return err
		}
		if err := v.reload(agent.SetRequest{Key: string(item.Kind)}); err != nil {
			return err
		}
	}
	return nil
}
