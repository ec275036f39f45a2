package login

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// cliText is a sign-in as AWS's command line caches it, with keys of a later version.
func cliText(t testing.TB, key string) string {
	t.Helper()
	quoted, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return `{"accessToken": {"accessKeyId": "ASIA1", "secretAccessKey": "old secret", "sessionToken": "old session", "accountId": "111111111111", ` +
		`"expiresAt": "2026-01-02T03:04:05Z", "later": {"b": [1, 2.50]}}, "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", ` +
		`"refreshToken": "old refresh", "idToken": "e30.eyJzdWIiOiJhIiwiaWF0IjoxNzY3MzIzMDAwfQ.c2ln", "dpopKey": ` + string(quoted) + `, "novel": {"x": "kept"}, "n": 12345678901234567890}`
}

// TestRefreshedEntry: of what was there all is kept that is not new, the form of the key
// too.
func TestRefreshedEntry(t *testing.T) {
	key := keyNumbered(t, 43)
	for name, text := range map[string]string{"SEC1": sec1(t, key).Reveal(), "PKCS#8": pkcs8(t, key).Reveal()} {
		e, err := ParseEntry([]byte(cliText(t, text)))
		if err != nil {
			t.Fatal(name, err)
		}
		if !e.SignedIn.Equal(time.Unix(1767323000, 0)) || e.Credentials.AccountID != "111111111111" || e.Refresh.Reveal() != "old refresh" {
			t.Errorf("%s: %+v", name, e)
		}
		next, err := e.With(token("ASIA2", "new secret", "new session", "new refresh"))
		if err != nil {
			t.Fatal(err)
		}
		got := next.Text().Reveal()
		for _, want := range []string{
			`"accessKeyId":"ASIA2"`, `"secretAccessKey":"new secret"`, `"sessionToken":"new session"`, `"refreshToken":"new refresh"`,
			`"expiresAt":"2027-01-15T08:00:00Z"`, `"later":{"b":[1,2.50]}`, `"novel":{"x":"kept"}`, `"n":12345678901234567890`, `"idToken":"e30.`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s is missing", name, want)
			}
		}
		var all map[string]any
		if err := json.Unmarshal([]byte(got), &all); err != nil || all["dpopKey"] != text || strings.ContainsAny(got, "\n") || strings.Contains(got, "old ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForeignEntries: what AWS's SDK for Go writes, and what nobody can use.
func TestForeignEntries(t *testing.T) {
	whole := cliText(t, sec1(t, keyNumbered(t, 1)).Reveal())
	byGo := strings.Replace(strings.Replace(whole, `"2026-01-02T03:04:05Z"`, `"2026-01-02T05:04:05.123456789+02:00"`, 1), `"idToken"`, `"identityToken"`, 1)
	if e, err := ParseEntry([]byte(byGo)); err != nil || !e.SignedIn.IsZero() || e.Credentials.Expires.Unix() != time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix() {
		t.Errorf("%+v, %v", e, err)
	}
	for name, text := range map[string]string{
		"empty": "", "torn": whole[:len(whole)/2], "list": "[]", "null": "null", "no refresh": strings.Replace(whole, `"refreshToken"`, `"x"`, 1),
		"no key": strings.Replace(whole, `"dpopKey"`, `"x"`, 1), "no end": strings.Replace(whole, `"expiresAt"`, `"x"`, 1),
		"a number for a text": strings.Replace(whole, `"old refresh"`, `1`, 1),
	} {
		if _, err := ParseEntry([]byte(text)); err == nil || strings.Contains(err.Error(), "old ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := File("/x", "arn:aws:sts::012345678910:assumed-role/Admin/admin"); !strings.HasSuffix(got, "4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json") {
		t.Errorf("its file is %s", got)
	}
}

// FuzzEntry: whatever is in the file, it is refused or can be refreshed, and what is
// not known stays.
func FuzzEntry(f *testing.F) {
	whole := cliText(f, sec1(f, keyNumbered(f, 1)).Reveal())
	for _, seed := range []string{
		whole, whole[:len(whole)/2], "", "{}", "null", `{"accessToken":null,"dpopKey":"-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n"}`,
		strings.Replace(whole, `"x"`, `"\ud800"`, 1), strings.Replace(whole, "2026", "10000", 1), strings.Replace(whole, "e30.", "..", 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := ParseEntry(text)
		if err != nil {
			return
		}
		next, err := e.With(token("ASIA2", "secret", "session", "refresh"))
		if err != nil {
			t.Fatal(err)
		}
		var before, after fields
		if json.Unmarshal(text, &before) != nil || json.Unmarshal([]byte(next.Text().Reveal()), &after) != nil {
			t.Fatal("it is no object")
		}
		for key := range before {
			if after[key] == nil {
				t.Errorf("%q is lost", key)
			}
		}
		if _, err := next.Key.Proof("https://signin.example/v1/token", time.Unix(1, 0)); err != nil || next.Refresh.Reveal() != "refresh" {
			t.Error(err)
		}
	})
}
