package settings

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Setting is one row of a table of settings: of Vaultbar's own ([Settings]) or of
// those of one profile ([Profile]).
type Setting[S any] struct {
	Key     string
	Help    string // what it does, one line
	Default string
	Values  string // what it may be, in words

	set func(*S, string) bool // false for a value that is none of Values
	get func(S) string

	// loosens says whether a change gives up a protection, and gives says which;
	// nil when no change of this setting does.
	loosens func(before, after S) bool
	gives   string
}

// Table returns all settings, in the order in which they are shown.
func Table() []Setting[Settings] {
	return slices.Concat([]Setting[Settings]{
		choice("backend", "which keychain keeps the keys; chosen at the first use, then kept", "",
			[]string{"", "file", "keychain", "kwallet", "pass", "secret-service", "wincred"},
			func(s *Settings) *string { return &s.Backend }),
		span("session_duration", "how long a session of a long-term key lasts", "8h", 15*time.Minute, 36*time.Hour,
			func(s *Settings) *time.Duration { return &s.SessionDuration }),
		signInLength(),
		choice("prompt", "where questions are asked; ykman has a YubiKey make MFA codes", vaultcore.PromptAuto,
			[]vaultcore.PromptMode{vaultcore.PromptAuto, vaultcore.PromptTerminal, vaultcore.PromptDialog, vaultcore.PromptYkman},
			func(s *Settings) *vaultcore.PromptMode { return &s.Prompt }),
		flag("allow_no_session", "whether programs may get the long-term key itself (--no-session)", "yes",
			func(s *Settings) *bool { return &s.AllowNoSession }).
			loosenedBy("yes", "Programs may then get the long-term key itself."),
		lead(),
		days("key_age_warn", "after how many days you are reminded to rotate a key; 0 for never", "90",
			func(s *Settings) *int { return &s.KeyAgeWarn }),
		flag("notify_first_use", "whether you are told when a program uses a profile for the first time", "no",
			func(s *Settings) *bool { return &s.NotifyFirstUse }).
			loosenedBy("no", "You are then no longer told when a program uses a profile for the first time."),
		flag("notify_agents", "whether you are told when an AI agent gets credentials that you were not just asked about", "yes",
			func(s *Settings) *bool { return &s.NotifyAgents }).
			loosenedBy("no", "You are then no longer told when an AI agent gets credentials."),
		choice("keep_fresh", "which sessions are renewed ahead of time, if that needs no question", FreshInUse,
			[]KeepFresh{FreshInUse, FreshPinned, FreshNever},
			func(s *Settings) *KeepFresh { return &s.KeepFresh }),
		flag("open_at_login", "whether the menu bar app starts when you log in", "no",
			func(s *Settings) *bool { return &s.OpenAtLogin }),
		flag("lock_on_screen_lock", "whether the keys are locked when the screen locks, when another user switches to it, and when the computer sleeps", "no",
			func(s *Settings) *bool { return &s.LockOnScreenLock }).
			loosenedBy("no", "Locking the screen then no longer locks the keys."),
		idleLimit(),
		flag("isolated", "whether consoles open in a browser window of their own", "no",
			func(s *Settings) *bool { return &s.Isolated }),
		flag("links", "whether vaultbar:// links may open consoles without asking", "no",
			func(s *Settings) *bool { return &s.Links }).
			loosenedBy("yes", "Links on web pages may then open consoles without asking."),
		accounts("link_accounts", "accounts whose consoles vaultbar:// links may open without asking; a list",
			func(s *Settings) *string { return &s.LinkAccounts }).
			loosenedByMore("Links on web pages may then open its console without asking."),
		addresses("trusted_endpoints", "endpoints that may be used instead of AWS's STS and IAM; a list", aws.Endpoint,
			func(s *Settings) *[]string { return &s.TrustedEndpoints }).
			loosenedByMore("Requests signed with your keys, and MFA codes, may then go there instead of AWS."),
		addresses("trusted_sign_in_endpoints", "endpoints that may get sessions and sign-ins instead of AWS's console and IAM Identity Center; a list", aws.Endpoint,
			func(s *Settings) *[]string { return &s.TrustedSignIns }).
			loosenedByMore("Whole sessions may then be handed to it for signing in."),
		addresses("trusted_proxies", "proxies that requests to AWS may go through; a list, of which the menu and renewals use the first", trust.Proxy,
			func(s *Settings) *[]string { return &s.TrustedProxies }).
			loosenedByMore("Requests to AWS may then go through it."),
		paths("ca_bundle", "a file of certificates to trust instead of the system's, such as a proxy's",
			func(s *Settings) *string { return &s.CABundle }).
			loosenedByAny("Whoever owns one of its certificates can then read what is sent to AWS through a proxy."),
		choice("commands", "whether commands of the config file (credential_process, mfa_process) run, or you are asked about each first", CommandsAsk,
			[]Commands{CommandsAsk, CommandsAllow},
			func(s *Settings) *Commands { return &s.Commands }).
			loosenedBy("allow", "Any program that can edit the config file can then have Vaultbar run commands."),
		list("trusted_commands", "commands of the config file that run without asking; a list, which answering Always fills",
			"ids of commands separated by spaces, as shown in the message about a command", commandID,
			func(s *Settings) *[]string { return &s.TrustedCommands }).
			loosenedByMore("The command then runs without asking."),
		paths("config_file", "the AWS config file of commands without AWS_CONFIG_FILE and of the menu; empty for ~/.aws/config",
			func(s *Settings) *string { return &s.ConfigFile }).
			loosenedByAny("The menu then shows the profiles of that file."),
		list("agent_programs", "programs that are AI agents, besides those that Vaultbar knows; a list",
			"names of programs separated by spaces, such as mybot", programName,
			func(s *Settings) *[]string { return &s.AgentPrograms }).
			loosenedByLess("Programs that it runs then no longer count as an agent's."),
		flag("agents_may_change", "whether programs run by AI agents may change keys, settings and the config file", "no",
			func(s *Settings) *bool { return &s.AgentsMayChange }).
			loosenedBy("yes", "Programs run by AI agents may then change keys, settings and the config file, as you do."),
	}, ofAllAgents(), []Setting[Settings]{
		choice("sandboxes", "whether programs in containers and sandboxes get credentials, or you are asked", SandboxesAsk,
			[]Sandboxes{SandboxesAsk, SandboxesAllow, SandboxesRefuse},
			func(s *Settings) *Sandboxes { return &s.Sandboxes }).
			loosenedBy("allow", "Programs in containers and sandboxes then get credentials without asking."),
		flag("containers", "whether isolated consoles open in a Firefox container, through an extension that handles ext+container links", "no",
			func(s *Settings) *bool { return &s.Containers }),
		flag("sso_share", "whether sign-ins are also left in ~/.aws/sso/cache, for programs that read nothing else", "no",
			func(s *Settings) *bool { return &s.SSOShare }).
			loosenedBy("yes", "Every program can then read its access token there, and use all roles of your sign-in with it for an hour."),
		text("sso_browser", "the browser that sign-in pages open in; empty for your own", browserNames,
			func(s *Settings) *string { return &s.SSO.Browser }),
		text("sso_browser_profile", "the browser profile that is kept for sign-in pages, apart from your own; empty for none", browserNames,
			func(s *Settings) *string { return &s.SSO.BrowserProfile }),
	}, ofSystem())
}

// browserNames is what a browser or a browser profile may be called, in words.
const browserNames = "a name as shown by `vaultbar browsers`"

// ProfileTable returns all settings of one profile.
func ProfileTable() []Setting[Profile] {
	return slices.Concat([]Setting[Profile]{
		flag("pinned", "whether it is at the top of the menu", "no",
			func(p *Profile) *bool { return &p.Pinned }),
		flag("keep_fresh", "whether its session is renewed ahead of time even when nobody uses it", "no",
			func(p *Profile) *bool { return &p.KeepFresh }),
		choice("isolated", "whether its console opens in a browser window of its own; default is the setting for all profiles", Inherit,
			[]Choice{Inherit, "yes", "no"}, func(p *Profile) *Choice { return &p.Isolated }),
		color(),
		protection(),
	}, ofAgents())
}

// protection is whether a program has to be allowed. It is a flag with one more value.
func protection() Setting[Profile] {
	return row("protected", "whether a program gets its credentials only once you have allowed it; with typed, you type its name to allow it",
		string(Unprotected), "yes, no or typed", func(p *Profile) *Protection { return &p.Protected },
		func(value string) (Protection, bool) {
			on, ok := yesOrNo(value)
			switch {
			case strings.ToLower(value) == string(Typed):
				return Typed, true
			case on:
				return Asked, true
			default:
				return Unprotected, ok
			}
		},
		func(p Protection) string { return string(cmp.Or(p, Unprotected)) },
	).loosenedWhere("Programs then get its credentials without asking, or without its name being typed.", func(before, after Profile) bool {
		return after.Protected.rank() < before.Protected.rank()
	})
}

// SignInTable returns all settings of one sign-in.
func SignInTable() []Setting[SignIn] {
	return []Setting[SignIn]{
		text("sso_browser", "the browser that its sign-in page opens in; empty for the setting for all sign-ins", browserNames,
			func(s *SignIn) *string { return &s.Browser }),
		text("sso_browser_profile", "the browser profile that is kept for its sign-in page; empty for the setting for all sign-ins", browserNames,
			func(s *SignIn) *string { return &s.BrowserProfile }),
	}
}

// Lookup returns the setting of this name.
func Lookup(key string) (Setting[Settings], bool) { return lookup(Table(), key) }

func lookup[S any](table []Setting[S], key string) (Setting[S], bool) {
	i := slices.IndexFunc(table, func(s Setting[S]) bool { return s.Key == key })
	if i < 0 {
		return Setting[S]{}, false
	}
	return table[i], true
}

// Get returns the setting's value as it is written in the file.
func (t Setting[S]) Get(s S) string { return t.get(s) }

// parse puts a value into s.
func (t Setting[S]) parse(s *S, value string) error {
	if !t.set(s, value) {
		return t.refuse(value)
	}
	return nil
}

// refuse says that a value is none of the setting's.
func (t Setting[S]) refuse(value string) error {
	return fmt.Errorf("%s cannot be %q: it is %s", t.Key, vaultcore.Printable(value), t.Values)
}

func (t Setting[S]) shownDefault() string {
	if t.Default == "" {
		return "empty"
	}
	return t.Default
}

func keys[S any](table []Setting[S]) []string {
	var names []string
	for _, setting := range table {
		names = append(names, setting.Key)
	}
	return names
}

// row is a setting that is kept as a T: read from its text, if that is one of its values, and
// shown as text.
func row[S, T any](key, help, standard, values string, field func(*S) *T, read func(string) (T, bool), show func(T) string) Setting[S] {
	return Setting[S]{
		Key: key, Help: help, Default: standard, Values: values,
		set: func(s *S, text string) bool {
			value, ok := read(text)
			if ok {
				*field(s) = value
			}
			return ok
		},
		get: func(s S) string { return show(*field(&s)) },
	}
}

func itself[T ~string](value T) string { return string(value) }

func spaced(words []string) string { return strings.Join(words, " ") }

// choice is a setting of a few words.
func choice[S any, T ~string](key, help string, standard T, words []T, field func(*S) *T) Setting[S] {
	var shown []string
	for _, word := range words {
		if word != "" {
			shown = append(shown, string(word))
		}
	}
	return row(key, help, string(standard), "one of "+strings.Join(shown, ", "), field,
		func(value string) (T, bool) { return T(value), slices.Contains(words, T(value)) }, itself)
}

// text is a setting of one line, within reason.
func text[S any](key, help, values string, field func(*S) *string) Setting[S] {
	return row(key, help, "", values, field, func(value string) (string, bool) {
		odd := len(value) > 100 || strings.ContainsFunc(value, unicode.IsControl) || strings.ContainsAny(value, "#;") || strings.HasPrefix(value, "-")
		return value, !odd
	}, itself)
}

// flag is a setting of yes or no.
func flag[S any](key, help, standard string, field func(*S) *bool) Setting[S] {
	return row(key, help, standard, "yes or no", field, yesOrNo, func(on bool) string {
		if on {
			return "yes"
		}
		return "no"
	})
}

// yesOrNo reads the value of a flag; ok is false for what is neither.
func yesOrNo(value string) (on, ok bool) {
	switch strings.ToLower(value) {
	case "yes", "true", "on", "1":
		return true, true
	case "no", "false", "off", "0":
		return false, true
	default:
		return false, false
	}
}

// span is a setting of a length of time between two others.
func span(key, help, standard string, least, most time.Duration, field func(*Settings) *time.Duration) Setting[Settings] {
	return row(key, help, standard, fmt.Sprintf("a time from %s to %s, such as 8h or 90m", vaultcore.Short(least), vaultcore.Short(most)), field,
		func(value string) (time.Duration, bool) {
			d, err := time.ParseDuration(value)
			return d, err == nil && d >= least && d <= most && d%time.Second == 0
		}, vaultcore.Short)
}

// mostDays bounds a setting that is a number of days.
const mostDays = 3650

// days is a setting that is a number of days.
func days(key, help, standard string, field func(*Settings) *int) Setting[Settings] {
	return row(key, help, standard, fmt.Sprintf("a number of days up to %d, or 0", mostDays), field,
		func(value string) (int, bool) {
			n, err := strconv.Atoi(value)
			return n, err == nil && n >= 0 && n <= mostDays
		}, strconv.Itoa)
}

// signInLength is how long a sign-in lasts.
func signInLength() Setting[Settings] {
	field := func(s *Settings) *time.Duration { return &s.SSOSessionLength }
	return orElse(span("sso_session_length", "how long a sign-in to IAM Identity Center lasts, as your administrator set it; empty: as long as the last one", "",
		15*time.Minute, 90*24*time.Hour, field), "", field)
}

// idleLimit is how long a person may be away before the keys are locked; 0 is never.
func idleLimit() Setting[Settings] {
	const never = "never"
	field := func(s *Settings) *time.Duration { return &s.LockAfterIdle }
	limit := span("lock_after_idle", "after how long without a key press, a click or a command of yours the keys are locked", never, time.Minute, 24*time.Hour, field)
	return orElse(limit, never, field).loosenedWhere("The keys then stay unlocked for longer while you are away.", func(before, after Settings) bool {
		return before.LockAfterIdle != 0 && (after.LockAfterIdle == 0 || after.LockAfterIdle > before.LockAfterIdle)
	})
}

// orElse is a span that may be a word instead, which is 0.
func orElse(of Setting[Settings], word string, field func(*Settings) *time.Duration) Setting[Settings] {
	set, get := of.set, of.get
	of.Values += ", or " + cmp.Or(word, "empty")
	of.set = func(s *Settings, value string) bool {
		if value == word {
			*field(s) = 0
			return true
		}
		return set(s, value)
	}
	of.get = func(s Settings) string {
		if *field(&s) == 0 {
			return word
		}
		return get(s)
	}
	return of
}

// accounts is a setting that is a list of account ids.
func accounts(key, help string, field func(*Settings) *string) Setting[Settings] {
	return row(key, help, "", "account ids of 12 digits, separated by commas", field, func(value string) (string, bool) {
		ids := entries(value)
		return strings.Join(ids, ", "), !slices.ContainsFunc(ids, func(id string) bool { return !aws.IsAccount(id) })
	}, itself)
}

// AccountsOfLinks are the accounts whose consoles links may open without asking.
func (s Settings) AccountsOfLinks() []string { return entries(s.LinkAccounts) }

// maxAddresses is how many addresses a list has at most.
const maxAddresses = 64

// addresses is a setting of a list of URLs, with spaces or commas between them.
func addresses(key, help string, clean func(string) (string, string), field func(*Settings) *[]string) Setting[Settings] {
	return row(key, help, "", "a list of URLs such as http://127.0.0.1:4566, separated by spaces", field, func(value string) ([]string, bool) {
		var list []string
		for _, text := range entries(value) {
			address, reason := clean(text)
			if reason != "" || len(list) == maxAddresses {
				return nil, false
			}
			if !slices.Contains(list, address) {
				list = append(list, address)
			}
		}
		return list, true
	}, spaced)
}

// commandID is how a command of the config file is named: its program, and a hash.
var commandID = regexp.MustCompile(`^[A-Za-z0-9._-]{0,32}:[0-9a-f]{32}$`)

// programName is how a program is called.
var programName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// list is a setting of words with spaces between them, all of one form.
func list(key, help, values string, form *regexp.Regexp, field func(*Settings) *[]string) Setting[Settings] {
	return row(key, help, "", values, field, func(value string) ([]string, bool) {
		words := entries(value)
		return append([]string(nil), words...), !slices.ContainsFunc(words, func(word string) bool { return !form.MatchString(word) })
	}, spaced)
}

// paths is a setting of a file.
func paths(key, help string, field func(*Settings) *string) Setting[Settings] {
	return row(key, help, "", "an absolute path, such as /etc/ssl/company.pem", field, func(value string) (string, bool) {
		return value, !slices.ContainsFunc(filepath.SplitList(value), func(path string) bool {
			return !filepath.IsAbs(path) || strings.ContainsFunc(path, unicode.IsControl)
		})
	}, itself)
}

// lead is the one setting of a few lengths of time.
func lead() Setting[Settings] {
	times := []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute}
	return row("notify_lead", "how long before a session ends you are told", "10m", "one of 5m, 10m, 15m, 30m",
		func(s *Settings) *time.Duration { return &s.NotifyLead },
		func(value string) (time.Duration, bool) {
			d, err := time.ParseDuration(value)
			return d, err == nil && slices.Contains(times, d)
		}, vaultcore.Short)
}

// Colors returns the names of the colors that a window can have.
func Colors() []string {
	return []string{"red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink"}
}

// colorNumber is a color by its number.
var colorNumber = regexp.MustCompile(`^([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// color is the color of a profile's own browser window. A number is kept without
// its sign, which begins a comment in the file.
func color() Setting[Profile] {
	return row("color", "the color of its own browser window, such as red or cc0000", "",
		"one of "+strings.Join(Colors(), ", ")+", or a number such as cc0000", func(p *Profile) *string { return &p.Color },
		func(value string) (string, bool) {
			value = strings.ToLower(strings.TrimPrefix(value, "#"))
			return value, value == "" || slices.Contains(Colors(), value) || colorNumber.MatchString(value)
		}, itself)
}
