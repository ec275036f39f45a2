// Package plan decides which steps turn a profile into credentials, and why.
//
// It is a pure function: no clock, no network, no keychain, no prompt. The
// value it returns drives the work (package session carries it out, package sts
// carries out a step), is what `vaultbar explain` prints, and is compared in
// golden tests. Every choice carries its reason in words.
//
// A plan starts with a source: a key in Vaultbar's keychain, or what
// [vaultcore.Profile.Source] describes. Upon a key follows at most one session of
// it, then come the roles of the source_profile chain upwards. What is decided here:
// whose key it is, whether a session comes between key and roles, which MFA device
// is asked for and at which step, how long each step lives, and in which region
// STS is asked. What AWS would refuse for certain (a duration, a device that no
// step could answer for, a region of another partition) is refused here already,
// with the place in the config file.
//
// Start with [Resolve]. A step's fingerprint ([Plan.Fingerprint]) is the name
// under which its session is kept.
package plan

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Kind is what a step does.
type Kind string

// The kinds of step. A plan starts with a key, or with a source, whose kind of step is
// its own.
const (
	Key     Kind = "key"     // read a long-term key from the keychain
	Session Kind = "session" // sts:GetSessionToken with that key
	Role    Kind = "role"    // sts:AssumeRole with the credentials of the step before
)

// Step is one thing to do. Every field but Profile, the three of how a code is had,
// CappedFrom, BehindMFA, Agent, Authority, Variant, Attempts, Via and Reasons changes the result
// (Region by its partition alone), and so belongs to the fingerprint of the session that it makes.
type Step struct {
	Kind    Kind
	Profile string // the profile of the config file that this step comes from

	KeyName string           // Key: the name under which the keychain keeps it
	Source  vaultcore.Source // of a kind that is not here: what the profile says of it
	Starts  Named            // of what the plan starts with: its account, where the config names that elsewhere

	MFASerial string        // Session, Role: the device to ask for a code; empty for none
	Duration  time.Duration // Session, Role, and a role that a token assumes: what to ask AWS for

	// How a code is had without a person who types it: by the command of MFAProfile's
	// mfa_process, or by its mfa_prompt.
	MFAProcess, MFAPrompt, MFAProfile string

	// Env are the variables of a credential_process beside the person's: NAME=value.
	Env []string

	// CappedFrom is what a role was to live, where AWS allows less; else 0.
	CappedFrom time.Duration
	// OrLess says of a role that is assumed with a token that an hour will do where the
	// role's own maximum is lower than Duration.
	OrLess bool
	// BehindMFA says of a role that a session made with MFA assumes it: AWS then
	// holds the condition aws:MultiFactorAuthPresent to be met.
	BehindMFA bool

	RoleARN         string
	RoleSessionName string
	ExternalID      string
	SourceIdentity  string
	Tags            []vaultcore.Tag
	TransitiveTags  []string
	// Policy is the ARN of the managed policy that narrows a role's session: what it may
	// do is what both the role and the policy allow. Empty for none.
	Policy string
	// Agent is the AI agent whose own session the step makes; empty for that of everybody.
	Agent string

	// Cache is the folder in which AWS's tools keep the sign-ins of aws login: of such a
	// step only.
	Cache string

	Region    string            // where STS is asked; never empty on Session and Role
	Endpoint  string            // asked instead of AWS's own, by the environment or by endpoint_url; empty for that
	Authority string            // of IAM Identity Center: asked instead of AWS's own for the sign-in; empty for that
	Variant   vaultcore.Variant // of AWS's own hosts
	Attempts  int               // how often a request is sent at most; 0 for what is usual
	Via       vaultcore.Via

	Reasons []string // why this step is as it is, a sentence each
}

// LongTerm says whether the step gives credentials of the keychain, which do not end.
func (s Step) LongTerm() bool { return s.Kind == Key }

// Passed says whether the step's credentials are not a session that could be kept for
// the next who asks: they are read each time.
func (s Step) Passed() bool { return s.LongTerm() || s.OfCaller() }

// Plan is the ordered steps that turn a profile into credentials.
type Plan struct {
	Profile string
	Region  string // the region its programs work in; empty when the config names none
	Steps   []Step
	Reach   vaultcore.Reach // of the environment, else of the profiles: for what is not a step
	// Warnings are told to whoever uses the credentials, on stderr: that a
	// long-term key is handed out, that AWS will refuse IAM calls.
	Warnings []string
}

// Options are the choices that do not come from the config file.
type Options struct {
	// Machine is what credentials there are at hand.
	Machine Machine
	// Token is the web identity token of whoever asks.
	Token Token
	// Said is what whoever asks says in place of the config.
	Said Said
	// Agent is who the credentials are for, where that is an AI agent.
	Agent Agent
	// Keys says under which names the keychain keeps long-term keys.
	Keys map[string]bool
	// NoSession hands out the long-term key itself, or assumes the role
	// directly with it.
	NoSession bool
	// Duration, when not 0, replaces that of the last step.
	Duration time.Duration
	// SessionDuration is how long a GetSessionToken session lives: the setting
	// session_duration. 0 means 8 h.
	SessionDuration time.Duration
	// Region, when not empty, replaces the profile's.
	Region string
	// Reach is how the environment wants AWS to be reached: it goes before what profiles
	// say.
	Reach vaultcore.Reach
	// Via is the way that every request takes. Its certificates are those to believe where
	// Reach and the profiles name none.
	Via vaultcore.Via
	// LoginCache is the folder in which AWS's tools keep the sign-ins of aws login.
	LoginCache string
	// Env are the variables that a credential_process is given: NAME=value.
	Env []string
	// User is the person's login name, for role session names.
	User string
	// File is the config file as messages name it. Empty means the one that the
	// profiles come from.
	File string
}
