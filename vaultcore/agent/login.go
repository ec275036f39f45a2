package agent

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// loginReply carries a secret only where the request was to print it.
type loginReply struct {
	Address  revealed `json:"address,omitempty"`
	Browser  string   `json:"browser,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

type profilesReply struct {
	Profiles []string `json:"profiles"`
}

type servicesReply struct {
	Services []consoleServiceReply `json:"services"`
}

type consoleServiceReply struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

func servicesToWire(services []ConsoleService) servicesReply {
	var r servicesReply
	for _, service := range services {
		r.Services = append(r.Services, consoleServiceReply(service))
	}
	return r
}

func (r servicesReply) result() []ConsoleService {
	var services []ConsoleService
	for _, service := range r.Services {
		services = append(services, ConsoleService(service))
	}
	return services
}

type browsersReply struct {
	Found []browserReply `json:"found"`
	Kept  []keptReply    `json:"kept,omitempty"`
}

type browserReply struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Default bool   `json:"default,omitempty"`
}

type keptReply struct {
	Name    string    `json:"name"`
	Browser string    `json:"browser"`
	Used    time.Time `json:"used,omitzero"`
	Open    bool      `json:"open,omitempty"`
}

func browsersToWire(r BrowsersResult) browsersReply {
	var w browsersReply
	for _, b := range r.Found {
		w.Found = append(w.Found, browserReply(b))
	}
	for _, k := range r.Kept {
		w.Kept = append(w.Kept, keptReply(k))
	}
	return w
}

func (w browsersReply) result() BrowsersResult {
	var r BrowsersResult
	for _, b := range w.Found {
		r.Found = append(r.Found, Browser(b))
	}
	for _, k := range w.Kept {
		r.Kept = append(r.Kept, KeptProfile(k))
	}
	return r
}

func (f *inbound) loginRequest(c vaultcore.Caller) LoginRequest {
	return LoginRequest{
		Profile: f.Profile, Link: f.Link, Service: f.Service, Path: f.Path, Address: f.Address, Region: f.Region,
		Duration: time.Duration(f.Duration), Print: f.Print, LogoutFirst: f.LogoutFirst,
		Browser: f.Browser, Isolated: f.Isolation, IsolatedAs: f.Isolated, Private: f.Private, Caller: c,
	}
}

// Login is part of [Service].
func (c *Client) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	frame := &inbound{
		Op: opLogin, Profile: r.Profile, Link: r.Link, Service: r.Service, Path: r.Path, Address: r.Address, Region: r.Region,
		Duration: span(r.Duration), Print: r.Print, LogoutFirst: r.LogoutFirst,
		Browser: r.Browser, Isolation: r.Isolated, Isolated: r.IsolatedAs, Private: r.Private,
	}
	reply, err := request[loginReply](ctx, c, frame, r.Caller)
	return LoginResult{Address: vaultcore.NewSecret(string(reply.Address)), Browser: reply.Browser, Warnings: reply.Warnings}, err
}

// Reaches is part of [Service].
func (c *Client) Reaches(ctx context.Context, address string) ([]string, error) {
	reply, err := inquire[profilesReply](ctx, c, &inbound{Op: opReaches, Address: address}, vaultcore.Caller{})
	return reply.Profiles, err
}

// Services is part of [Service].
func (c *Client) Services(ctx context.Context) ([]ConsoleService, error) {
	reply, err := inquire[servicesReply](ctx, c, &inbound{Op: opServices}, vaultcore.Caller{})
	return reply.result(), err
}

// Browsers is part of [Service].
func (c *Client) Browsers(ctx context.Context) (BrowsersResult, error) {
	reply, err := inquire[browsersReply](ctx, c, &inbound{Op: opBrowsers}, vaultcore.Caller{})
	return reply.result(), err
}

// Forget is part of [Service].
func (c *Client) Forget(ctx context.Context, r ForgetRequest) error {
	_, err := request[emptyReply](ctx, c, &inbound{Op: opForget, Isolated: r.Name}, vaultcore.Caller{})
	return err
}
