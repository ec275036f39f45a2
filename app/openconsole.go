package main

import (
	"context"

	"github.com/vaultbar/vaultbar/tray"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
)

var _ tray.Console = (*screen)(nil)

// OpenConsole is part of [tray.Console].
func (s *screen) OpenConsole(ctx context.Context, profile, how string) error {
	r := agent.LoginRequest{Profile: profile, Caller: atTheDesktop(profile)}
	switch how {
	case menu.ConsoleWindow:
		r.Isolated = agent.IsolatedYes
	case menu.ConsoleAt:
		service, err := s.pickService(ctx, profile)
		if err != nil {
			return err
		}
		r.Service = service
	}
	_, err := s.vault.Login(ctx, r)
	return err
}

// pickService lets the person choose where in the console to go: what was opened
// last comes first.
func (s *screen) pickService(ctx context.Context, profile string) (string, error) {
	services := console.Services()
	s.mu.Lock()
	var names, lines []string
	for _, name := range s.recent {
		if service, err := console.LookupService(name); err == nil {
			names, lines = append(names, name), append(lines, service.Title+"   "+name+"   (recent)")
		}
	}
	s.mu.Unlock()
	for _, service := range services {
		names, lines = append(names, service.Name), append(lines, service.Title+"   "+service.Name)
	}
	at, err := s.dialogs.Pick(ctx, "open the console of "+vaultcore.Printable(profile), "Type to go to a service.", lines)
	if err != nil {
		return "", err
	}
	if at < 0 {
		return "", vaultcore.ErrCanceled
	}
	s.remember(names[at])
	return names[at], nil
}

// mostRecent is how many services are kept at the top of the list.
const mostRecent = 5

// remember puts a service at the top of the list.
func (s *screen) remember(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	recent := []string{name}
	for _, other := range s.recent {
		if other != name && len(recent) < mostRecent {
			recent = append(recent, other)
		}
	}
	s.recent = recent
}
