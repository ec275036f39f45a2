package report

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The stable form of a snapshot for programs: fields are only ever added.
type (
	listReport struct {
		Config   string          `json:"config"`
		Locked   bool            `json:"locked"`
		Profiles []profileReport `json:"profiles"`
		SignIns  []signInReport  `json:"sign_ins"`
		Keys     []string        `json:"keys"`
		Faults   []string        `json:"faults"`
		// KeyAges are of the keys of which IAM has told.
		KeyAges   []keyReport          `json:"key_ages"`
		Rotations []vaultcore.Rotation `json:"rotations"`
	}
	keyReport struct {
		Name     string    `json:"name"`
		ID       string    `json:"id"` // masked
		Created  time.Time `json:"created"`
		LastUsed time.Time `json:"last_used,omitzero"`
		UsedFor  string    `json:"last_used_for,omitempty"`
	}
	profileReport struct {
		Name        string                   `json:"name"`
		Account     string                   `json:"account,omitempty"`
		AccountName string                   `json:"account_name,omitempty"`
		Role        string                   `json:"role,omitempty"`
		Region      string                   `json:"region,omitempty"`
		Key         bool                     `json:"key"`
		Source      string                   `json:"source,omitempty"`
		SignIn      string                   `json:"sign_in,omitempty"` // the name of one of the sign-ins
		MFA         string                   `json:"mfa_serial,omitempty"`
		Alias       string                   `json:"alias,omitempty"`
		State       string                   `json:"state"`
		Expires     time.Time                `json:"expires,omitzero"`
		Renews      bool                     `json:"renews"`
		LastUsed    time.Time                `json:"last_used,omitzero"`
		Pinned      bool                     `json:"pinned"`
		Sessions    []vaultcore.SessionState `json:"sessions"`
		Agents      []vaultcore.AgentSession `json:"agents"` // sessions of it that are an AI agent's own
		Error       string                   `json:"error,omitempty"`
	}
	signInReport struct {
		Name     string    `json:"name"`
		Kind     string    `json:"kind"`
		StartURL string    `json:"start_url,omitempty"`
		Profiles int       `json:"profiles"`
		Waiting  int       `json:"waiting"`
		SignedIn time.Time `json:"signed_in,omitzero"`
		Ends     time.Time `json:"ends,omitzero"`          // when AWS is expected to ask again
		Expires  time.Time `json:"token_expires,omitzero"` // of the access token
		Renews   bool      `json:"renews"`
		Tool     string    `json:"tool,omitempty"` // another program that has made it
	}
)

// SnapshotJSON is a snapshot in its stable form. Lists are never null.
func SnapshotJSON(snap vaultcore.Snapshot) any {
	report := listReport{
		Config: snap.Config, Locked: snap.Locked,
		Profiles: []profileReport{}, SignIns: signInsJSON(snap.SignIns), Keys: append([]string{}, snap.Keys...), Faults: append([]string{}, snap.Faults...),
	}
	for _, s := range snap.Profiles {
		report.Profiles = append(report.Profiles, profileJSON(s))
	}
	report.KeyAges, report.Rotations = []keyReport{}, append([]vaultcore.Rotation{}, snap.Rotating...)
	for _, k := range snap.KeptKeys {
		report.KeyAges = append(report.KeyAges, keyReport{k.Name, k.ID, second(k.Created), second(k.Used), k.UsedFor})
	}
	for i, r := range report.Rotations {
		report.Rotations[i].Begun, report.Rotations[i].Due = second(r.Begun), second(r.Due)
	}
	return report
}

func signInsJSON(states []vaultcore.SignInState) []signInReport {
	reports := []signInReport{}
	for _, s := range states {
		reports = append(reports, signInReport{
			Name: s.Name, Kind: string(s.Kind), StartURL: s.StartURL, Profiles: s.Profiles, Waiting: s.Needed,
			SignedIn: second(s.SignedIn), Ends: second(s.Ends), Expires: second(s.Expires), Renews: s.Renews, Tool: s.Tool,
		})
	}
	return reports
}

func profileJSON(s vaultcore.ProfileState) profileReport {
	report := profileReport{
		Name: s.Name, Account: s.Account, AccountName: s.AccountName, Role: s.Role, Region: s.Region, Key: s.Key, Source: s.Source, SignIn: s.SignInName, MFA: s.MFA, Alias: s.Alias,
		State: string(s.State), Expires: second(s.Expires), Renews: s.Renews, LastUsed: second(s.LastUsed),
		Pinned: s.Pinned, Sessions: append([]vaultcore.SessionState{}, s.Sessions...), Agents: append([]vaultcore.AgentSession{}, s.Agents...), Error: s.Err,
	}
	for i, session := range report.Sessions {
		report.Sessions[i].Expires = second(session.Expires)
	}
	for i, own := range report.Agents {
		report.Agents[i].Expires = second(own.Expires)
	}
	return report
}
