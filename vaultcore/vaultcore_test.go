package vaultcore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func TestSecretShowsNowhere(t *testing.T) {
	const canary = "wJalrXUtnFEMI"
	secret := vaultcore.NewSecret(canary)
	credentials := vaultcore.Credentials{AccessKeyID: "AKIA", SecretAccessKey: secret}
	type holder struct{ hidden vaultcore.Credentials }
	for _, value := range []any{secret, &secret, credentials, &credentials, []vaultcore.Secret{secret}, holder{credentials}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10s"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T shows it: %s", verb, value, text)
			}
		}
		if data, err := json.Marshal(value); bytes.Contains(data, []byte(canary)) {
			t.Errorf("JSON of %T: %s, %v", value, data, err)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		if strings.Contains(log.String(), canary) {
			t.Errorf("slog of %T: %s", value, log.String())
		}
	}
	if _, err := json.Marshal(secret); err == nil {
		t.Error("a secret became JSON")
	}
	if secret.Reveal() != canary || !vaultcore.NewSecret("").IsZero() {
		t.Error("Reveal does not return the text")
	}
}

func TestMaskKeyID(t *testing.T) {
	if got := vaultcore.MaskKeyID("AKIAIOSFODNN7EXAMPLE"); got != "AKIA…MPLE" {
		t.Error(got)
	}
	if got := vaultcore.MaskKeyID("short"); got != "…" {
		t.Error(got)
	}
}

func TestTimeLeft(t *testing.T) {
	for left, want := range map[time.Duration]string{
		-time.Second:                 "ended",
		59 * time.Second:             "under 1 min",
		53*time.Minute - time.Second: "52 min",
		time.Hour:                    "1 h",
		3*time.Hour + 40*time.Minute + 12*time.Second: "3 h 40 min",
	} {
		if got := vaultcore.TimeLeft(left); got != want {
			t.Errorf("%v: got %q, want %q", left, got, want)
		}
	}
}

func TestProfilesLike(t *testing.T) {
	profiles := vaultcore.NewProfiles([]vaultcore.Profile{{Name: "nonsuch"}, {Name: "no-such-prod"}, {Name: "staging"}, {Name: "prod"}})
	for name, want := range map[string][]string{
		"nosuch": {"nonsuch"},
		"Prod":   {"prod", "no-such-prod"},
		"pord":   {"prod"},
		"zzzzz":  nil,
	} {
		if got := profiles.Like(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestFaultKeepsKindCauseAndHint(t *testing.T) {
	cause := errors.New("deep")
	var err error = (&vaultcore.Fault{Kind: vaultcore.ErrRefused, Message: "no", Cause: cause}).WithHint("do %s", "this")
	err = fmt.Errorf("while trying: %w", err)
	if !errors.Is(err, vaultcore.ErrRefused) || !errors.Is(err, cause) || vaultcore.Hint(err) != "do this" {
		t.Errorf("%v, hint %q", err, vaultcore.Hint(err))
	}
}

func TestQuestionSaysWhoWaits(t *testing.T) {
	q := vaultcore.Question{Kind: vaultcore.AskMFA, Profile: "bastion", Device: "arn:aws:iam::111111111111:mfa/ann"}
	if got := q.Who(); got != "" {
		t.Error(got)
	}
	q.Waiting = []vaultcore.Caller{{Program: "terraform", Dir: "~/infra", Profile: "prod-admin"}}
	golden.Message(t, "a program", q.Who())
	q.Waiting = append(q.Waiting, make([]vaultcore.Caller, 19)...)
	golden.Message(t, "many programs", q.Who())
	q.Waiting = []vaultcore.Caller{vaultcore.Click("prod-admin")}
	golden.Message(t, "a click", q.Who())
	q.Waiting = append(q.Waiting, make([]vaultcore.Caller, 19)...)
	golden.Message(t, "a click and many programs", q.Who())
	setting := vaultcore.Approval("Set links to yes?")
	if setting.Waiting = []vaultcore.Caller{vaultcore.Click("")}; setting.Who() != "" {
		t.Errorf("of an approval without a profile: %q", setting.Who())
	}
	q.Waiting = []vaultcore.Caller{{Program: "Vaultbar", Profile: "prod-admin"}}
	golden.Message(t, "another process of our name", q.Who())
	golden.Message(t, "the question", q.Text())
}

// A name in a hint is one word of the command line that a person copies.
func TestArgument(t *testing.T) {
	for name, want := range map[string]string{
		"prod":                        "prod",
		"https://x.awsapps.com/start": "https://x.awsapps.com/start",
		"Acme Prod":                   "'Acme Prod'",
		"$(rm)":                       "'$(rm)'",
		"it's":                        `'it'\''s'`,
		"a\x1b[31mb\n":                "'a[31mb'",
		"":                            "''",
	} {
		if got := vaultcore.Argument(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"prod", "a\nb", "\x1b[31mred", "pro\u202edcba", "日本語", "🏦", strings.Repeat("x", 300), "\xff\xfe", "a\u200bb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := vaultcore.Printable(text)
		if strings.ContainsAny(got, "\n\r\t\x1b\x00\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028\u2029") {
			t.Errorf("%q keeps a control character: %q", text, got)
		}
		if n := utf8.RuneCountInString(got); n > 64 || !utf8.ValidString(got) {
			t.Errorf("%q: %d characters", text, n)
		}
		if again := vaultcore.Printable(got); again != got {
			t.Errorf("not idempotent: %q, %q", got, again)
		}
	})
}

func TestReadCode(t *testing.T) {
	for text, want := range map[string]string{
		"123456": "123456", "123 456": "123456", "１２３４５６": "123456", " 123456 ": "123456", "12\u3000345６": "123456",
		"12345": "", "1234567": "", "12345a": "", "": "", "١٢٣٤٥٦": "",
	} {
		got, ok := vaultcore.ReadCode(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q, %v", text, got, ok)
		}
	}
}

func TestLengths(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		8 * time.Hour: {"8 h", "8h"}, 90 * time.Minute: {"1 h 30 min", "1h30m"}, 15 * time.Minute: {"15 min", "15m"},
		90 * time.Second: {"1m30s", "1m30s"}, 0: {"0s", "0s"}, -time.Hour: {"-1h0m0s", "-1h"},
	} {
		if got := [2]string{vaultcore.Length(d), vaultcore.Short(d)}; got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

// TestRemovalQuestion holds that only profiles with a session are counted, once each.
func TestRemovalQuestion(t *testing.T) {
	lives := []vaultcore.SessionState{{}, {}}
	s := vaultcore.Snapshot{Profiles: []vaultcore.ProfileState{
		{Name: "base", Key: true, Source: "base"}, {Name: "idle", Source: "base"}, {Name: "other", Key: true, Source: "other", Sessions: lives},
	}}
	for i, name := range []string{"no session", "one session", "two sessions"} {
		if i > 0 {
			s.Profiles[i-1].Sessions = lives
		}
		golden.Message(t, name, s.RemovalQuestion("base"))
	}
}

func TestShortenHome(t *testing.T) {
	tests := [][3]string{
		{"/home/ann", "/home/ann", "~"},
		{"/home/ann/infra", "/home/ann", "~/infra"},
		{"/home/anna", "/home/ann", "/home/anna"},
		{"/srv", "/home/ann", "/srv"},
		{"/srv", "", "/srv"},
		{"/srv", "/", "/srv"},
		{"", "/home/ann", ""},
	}
	for _, test := range tests {
		if got := vaultcore.ShortenHome(test[0], test[1]); got != test[2] {
			t.Errorf("%q at home in %q is %q, want %q", test[0], test[1], got, test[2])
		}
	}
}

func TestShapes(t *testing.T) {
	for text, want := range map[string][2]bool{ // the id of a key, visible
		"":                       {},
		"AKIAIOSFODNN7EXAMPLE":   {true, true},
		"ASIAIOSFODNN7EXAMPLE":   {true, true},
		"akia_iosfodnn7ex":       {true, true},
		"AKIAIOSFODNN7EX":        {false, true},
		"AKIAIOSFODNN7EXAMPLE\n": {},
		"AKIAIOSFODNN7 EXAMPLE":  {},
		"AKIAIOSFODNN7ÉXAMPLE":   {},
		"wJalr/XUtnFEMI+K7MDENG": {false, true},
		"\x7f":                   {},
		"\xff":                   {},
	} {
		if got := [2]bool{vaultcore.IsKeyID(text), vaultcore.Visible(text)}; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if long := strings.Repeat("A", 129); vaultcore.IsKeyID(long) || !vaultcore.IsKeyID(long[1:]) {
		t.Error("an id has up to 128 characters")
	}
}
