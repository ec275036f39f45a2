package notify

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func TestNotices(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.Local)
	for _, test := range []struct {
		notice      Notice
		title, body string
	}{
		{EndsSoon("bastion", 10*time.Minute, 3, true), "bastion needs a code in 10 min", "3 profiles use it."},
		{EndsSoon("bastion", 59*time.Second, 1, true), "bastion needs a code in under 1 min", "1 profile uses it."},
		{EndsSoon("bastion", -time.Second, 0, true), "bastion needs a code now", ""},
		{RenewalFailed("prod-admin", "no network", at), "prod-admin could not be renewed", "No network since 14:02. Vaultbar keeps trying."},
		{RenewalFailed("prod-admin", "", time.Time{}), "prod-admin could not be renewed", "Vaultbar keeps trying."},
		{RenewalFailed("p", "AWS refused: arn:aws:iam::111111111111:user/ann may not assume arn:aws:iam::222222222222:role/x.", time.Time{}),
			"p could not be renewed", "AWS refused: … may not assume … Vaultbar keeps trying."},
		{Waits("terraform", vaultcore.AskMFA), "terraform waits for a code", "Click to answer."},
		{EndsSoon("bastion", 10*time.Minute, 0, false), "bastion ends in 10 min", ""},
		{SignInEnds("corp", 10*time.Minute, 6), "corp needs a sign-in in about 10 min", "6 profiles use it."},
		{SignInEnds("https://d-1234567890.awsapps.com/start", 0, 1), "d-1234567890.awsapps.com/start needs a sign-in", "1 profile uses it."},
		{SignInEnds("123456789012", -time.Second, 0), "…9012 needs a sign-in", ""},
		{WaitsForSignIn("terraform", "corp"), "terraform waits for a sign-in to corp", "Click to sign in."},
		{SignedOut("corp", nil), "Signed out of corp", ""},
		{SignedOut("corp", []string{"credentials that programs have", "the browser's own session"}), "Signed out of corp",
			"Still valid: credentials that programs have; the browser's own session."},
		{Waits("terraform", vaultcore.AskPassphrase), "terraform waits for the passphrase", "Click to answer."},
		{Waits("terraform", vaultcore.AskApproval), "terraform waits for your approval", "Click to answer."},
		{Loosened("links", "yes", "Links may then open consoles."), "The setting links is now yes", "Links may then open consoles. If that was not you, set it back."},
		{Waits("\u200b", vaultcore.AskMFA), "A program waits for a code", "Click to answer."},
		{SignedIn("prod-admin"), "Signed in to the console as prod-admin", ""},
		{Copied("prod", 30*time.Second), "Credentials of prod copied", "The clipboard will be cleared in 30 s."},
		{noTray("ubuntu:GNOME").Notice, "Vaultbar is running, but this desktop shows no tray icons",
			"Install GNOME's extension AppIndicator Support for its menu. Until then, use the vaultbar command."},
		{FirstUse("terraform", "prod"), "terraform uses prod for the first time", ""},
		{FirstUse("terraform", "a", "b"), "terraform uses 2 profiles for the first time", "a, b"},
		{FirstUses(12, 1), "12 programs use 1 profile for the first time", ""},
		{AgentGot("claude", false, "prod"), "claude got credentials of prod", ""},
		{AgentGot("claude", true, "123456789012-admin"), "claude got read-only access to …9012-admin", ""},
		{AgentGot("claude", false, "a", "b", "arn:aws:iam::111111111111:role/x", "d", "e"), "claude got credentials of 5 profiles", "a, b, … and 2 more"},
		{SignedIn("123456789012-admin"), "Signed in to the console as …9012-admin", ""},
		{SignedIn(strings.Repeat("a", 40) + " AKIAIOSFODNN7EXAMPLE"), "Signed in to the console as … …", ""},
		{SignedIn("é" + strings.Repeat("-", 55) + "AKIAIOSFODNN7EXAMPLE"), "Signed in to the console as é" + strings.Repeat("-", 55) + "…", ""},
		{SignedIn("1234-5678-9012" + strings.Repeat("a", 40)), "Signed in to the console as …", ""},
		{SignedIn("1234-5678-9012"), "Signed in to the console as …9012", ""},
		{SignedIn("12345\u200b6789012"), "Signed in to the console as …9012", ""},
		{SignedIn("本番環境"), "Signed in to the console as 本番環境", ""},
		{SignedIn("a\nb"), "Signed in to the console as ab", ""},
	} {
		if test.notice.Title != test.title || test.notice.Body != test.body {
			t.Errorf("got %q, %q; want %q, %q", test.notice.Title, test.notice.Body, test.title, test.body)
		}
	}
}

func TestNoticesAreToldApart(t *testing.T) {
	keys := make(map[string]bool)
	all := []Notice{
		EndsSoon("a", time.Hour, 0, true), EndsSoon("b", time.Hour, 0, true), RenewalFailed("a", "", time.Time{}), SignInEnds("a", time.Hour, 0), SignInEnds("b", time.Hour, 0), SignedOut("a", nil),
		Waits("a", vaultcore.AskMFA), SignedIn("a"), FirstUse("a", "b"), FirstUse("a", "c"), FirstUse("a", "b", "c"), AgentGot("a", false, "b"), AgentGot("a", true, "b"), AgentGot("a", false, "c"), Copied("a", time.Second),
	}
	for _, n := range all {
		keys[n.Key] = true
	}
	if len(keys) != len(all) {
		t.Errorf("%d keys for %d notices", len(keys), len(all))
	}
}

// The templates of all that a notice may say, but for the names in it.
var templates = []*regexp.Regexp{
	regexp.MustCompile(`^.* (needs a code|ends) (now|in .*)$`), regexp.MustCompile(`^.* needs a sign-in( in about .*)?$`), regexp.MustCompile(`^.* waits for a sign-in to .*$`), regexp.MustCompile(`^Click to sign in\.$`), regexp.MustCompile(`^Signed out of .*$`), regexp.MustCompile(`^Still valid: .*$`), regexp.MustCompile(`^.* could not be renewed$`),
	regexp.MustCompile(`^.* waits for (a code|the passphrase)$`), regexp.MustCompile(`^Signed in to the console as .*$`),
	regexp.MustCompile(`^.* uses .* for the first time$`), regexp.MustCompile(`^.* got (credentials of|read-only access to) .*$`), regexp.MustCompile(`^.*, .* and \d+ more$`), regexp.MustCompile(`^(\d+ profiles? uses? it\.)?$`),
	regexp.MustCompile(`^(.*[.…] )?Vaultbar keeps trying\.$`), regexp.MustCompile(`^Click to answer\.$`),
	regexp.MustCompile(`^Credentials of .* copied$`), regexp.MustCompile(`^The clipboard will be cleared in \d+ s\.$`),
}

var (
	longNumber = regexp.MustCompile(`\pN{12}|\pN{4}-\pN{4}-\pN{4}`)
	foreign    = regexp.MustCompile(`(?i)\barn:|(AKIA|ASIA)[A-Z0-9]{8}`)
)

// FuzzNotice holds that whatever the names and reasons are, no notice has an
// account id, an ARN, a key or a second line in it.
func FuzzNotice(f *testing.F) {
	for _, seed := range []string{
		"prod", "arn:aws:iam::111111111111:role/admin", "ARN:aws", "AKIAIOSFODNN7EXAMPLE", "x111111111111y", "1111-2222-3333",
		"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "a\nb", "\u202e111111111111", "1111111\u200b11111", strings.Repeat("9", 300),
		"１１１１１１１１１１１１", "akia" + strings.Repeat("a", 16),
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, name, why string) {
		for _, n := range []Notice{
			EndsSoon(name, time.Minute, 2, true), RenewalFailed(name, why, time.Now()), SignInEnds(name, time.Minute, 2), SignedOut(name, []string{why}), WaitsForSignIn(name, why), Waits(name, vaultcore.AskMFA), SignedIn(name), FirstUse(name, why), AgentGot(name, true, why), AgentGot(name, false, name, why, name, why),
		} {
			for _, text := range []string{n.Title, n.Body} {
				checkNotice(t, text)
			}
		}
	})
}

func checkNotice(t *testing.T, text string) {
	t.Helper()
	if longNumber.MatchString(text) || foreign.MatchString(text) {
		t.Errorf("%q tells too much", text)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) {
		t.Errorf("%q is more than one plain line", text)
	}
	for _, template := range templates {
		if template.MatchString(text) {
			return
		}
	}
	t.Errorf("%q is none of what a notice says", text)
}
