package agent

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// credentialsReply and loginReply are the only replies that carry secrets.
type credentialsReply struct {
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey revealed  `json:"secret_access_key"`
	SessionToken    revealed  `json:"session_token,omitempty"`
	Expires         time.Time `json:"expires,omitzero"`
	AccountID       string    `json:"account_id,omitempty"`
	Region          string    `json:"region,omitempty"`
	Warnings        []string  `json:"warnings,omitempty"`
}

func credentialsToWire(r CredentialsResult) credentialsReply {
	c := r.Credentials
	return credentialsReply{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: revealed(c.SecretAccessKey.Reveal()),
		SessionToken:    revealed(c.SessionToken.Reveal()),
		Expires:         c.Expires.Round(0),
		AccountID:       c.AccountID,
		Region:          r.Region,
		Warnings:        r.Warnings,
	}
}

func (r credentialsReply) result() CredentialsResult {
	return CredentialsResult{
		Credentials: vaultcore.Credentials{
			AccessKeyID:     r.AccessKeyID,
			SecretAccessKey: vaultcore.NewSecret(string(r.SecretAccessKey)),
			SessionToken:    vaultcore.NewSecret(string(r.SessionToken)),
			Expires:         r.Expires,
			AccountID:       r.AccountID,
		},
		Region:   r.Region,
		Warnings: r.Warnings,
	}
}

type explanationReply struct {
	Profile string      `json:"profile"`
	Title   string      `json:"title"`
	Steps   []stepReply `json:"steps"`
	Asks    string      `json:"asks,omitempty"`
}

type stepReply struct {
	Title   string   `json:"title"`
	Detail  string   `json:"detail,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
}

func explanationToWire(e vaultcore.Explanation) explanationReply {
	r := explanationReply{Profile: e.Profile, Title: e.Title, Asks: e.Asks}
	for _, step := range e.Steps {
		r.Steps = append(r.Steps, stepReply(step))
	}
	return r
}

func (r explanationReply) explanation() vaultcore.Explanation {
	e := vaultcore.Explanation{Profile: r.Profile, Title: r.Title, Asks: r.Asks}
	for _, step := range r.Steps {
		e.Steps = append(e.Steps, vaultcore.ExplainedStep(step))
	}
	return e
}

type identityReply struct {
	Account    string   `json:"account"`
	ARN        string   `json:"arn"`
	User       string   `json:"user,omitempty"`
	MFADevices []string `json:"mfa_devices,omitempty"`
	OnlyFIDO   bool     `json:"only_fido,omitempty"`
}

type removeReply struct {
	Sessions int `json:"sessions"`
}

type setupReply struct {
	File    string   `json:"file"`
	Diff    string   `json:"diff,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	Applied bool     `json:"applied,omitempty"`
}

type settingsReply struct {
	Settings []settingReply `json:"settings"`
}

type settingReply struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Help    string `json:"help"`
}

func settingsToWire(settings []Setting) settingsReply {
	r := settingsReply{Settings: make([]settingReply, 0, len(settings))}
	for _, setting := range settings {
		r.Settings = append(r.Settings, settingReply(setting))
	}
	return r
}

func (r settingsReply) settings() []Setting {
	var settings []Setting
	for _, setting := range r.Settings {
		settings = append(settings, Setting(setting))
	}
	return settings
}

type statusReply struct {
	Version   string    `json:"version"`
	PID       int       `json:"pid"`
	Started   time.Time `json:"started"`
	Socket    string    `json:"socket"`
	Config    string    `json:"config"`
	Log       string    `json:"log,omitempty"`
	Elsewhere []string  `json:"elsewhere,omitempty"`
	Backend   string    `json:"backend,omitempty"`
	Keychain  string    `json:"keychain,omitempty"`
	Locked    bool      `json:"locked"`
	Desktop   bool      `json:"desktop,omitempty"`
	Profiles  int       `json:"profiles"`
	Keys      int       `json:"keys"`
	Sessions  int       `json:"sessions"`
}

// emptyReply is the reply of an operation that has nothing to say but "done".
type emptyReply struct{}
