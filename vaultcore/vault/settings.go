package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// own returns the settings as they are now. They are never changed in place.
func (s *service) own() settings.Settings { return *s.settings.Load() }

// keepsFresh decides which sessions are renewed ahead of time.
func (s *service) keepsFresh(profile string, inUse bool) bool {
	own := s.own()
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
func (s *service) Settings(context.Context) ([]agent.Setting, error) {
	var all []agent.Setting
	own := s.shown()
	for _, setting := range settings.Table() {
		all = append(all, agent.Setting{Key: setting.Key, Value: setting.Get(own), Default: setting.Default, Help: setting.Help})
	}
	return all, nil
}

// settingValues are all settings by key, for a screen.
func (s *service) settingValues() map[string]string {
	own := s.shown()
	values := make(map[string]string)
	for _, setting := range settings.Table() {
		values[setting.Key] = setting.Get(own)
	}
	return values
}

// shown are the settings as a person should see them: whether the app opens at
// login is for the desktop to say, whose settings have a switch for it too.
func (s *service) shown() settings.Settings {
	own := s.own()
	own.OpenAtLogin = s.opensAtLogin()
	return own
}

// Set is part of [agent.Service].
func (s *service) Set(ctx context.Context, r agent.SetRequest) error {
	if r.Key == "backend" {
		return vaultcore.Faultf(vaultcore.ErrRequest, "the keychain is chosen with the first key and stays").
			WithHint("to change it, stop Vaultbar, set backend in %s, and add the keys anew", s.env.folders.Settings())
	}
	if r.Profile == "" {
		if err := s.approve(ctx, r); err != nil {
			return err
		}
	}
	if err := s.edit.take(ctx); err != nil {
		return err
	}
	defer s.edit.give()
	before := s.own()
	if err := s.write(ctx, r); err != nil {
		return err
	}
	if err := s.reload(); err != nil {
		return err
	}
	if r.Profile != "" || r.Key != "open_at_login" {
		return nil
	}
	if err := s.loginItem(s.own().OpenAtLogin); err != nil {
		setting, _ := settings.Lookup(r.Key)
		r.Value = setting.Get(before) // what cannot be kept to is not promised
		return errors.Join(fmt.Errorf("change what opens at login: %w", err), s.write(ctx, r), s.reload())
	}
	s.bell.ring()
	return nil
}

func (s *service) write(ctx context.Context, r agent.SetRequest) error {
	if r.Profile == "" {
		return settings.Set(s.env.folders.Settings(), r.Key, r.Value)
	}
	config := s.roster(ctx).Latest(ctx, r.Profile)
	if _, ok := config.Profiles.Get(r.Profile); !ok {
		return vaultcore.NoProfile(r.Profile, config.File, config.Profiles.Like(r.Profile))
	}
	return settings.SetProfile(s.env.folders.Settings(), r.Profile, r.Key, r.Value)
}

// reload reads the settings file after an edit, and tells those whom it concerns.
func (s *service) reload() error {
	own, _, err := loadSettings(s.env.folders)
	if err != nil {
		return err
	}
	before := s.own()
	s.settings.Store(&own)
	s.loosened(before, own)
	s.plans.anew() // session_duration is part of every plan
	if !reflect.DeepEqual(before.Trust(), own.Trust()) {
		s.followEdits(s.life) // what is trusted no more renews nothing
	}
	s.bell.ring()
	return nil
}
