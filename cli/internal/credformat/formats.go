package credformat

import (
	"encoding/json"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Format writes a grant as text.
type Format struct {
	Name  string
	Write func(Grant) []byte
}

// Formats returns every format; the first is the usual one.
func Formats() []Format {
	shells := shells()
	of := func(s shell) Format { return Format{s.name, func(g Grant) []byte { return s.lines(g.variables()) }} }
	return []Format{of(shells[0]), of(shells[1]), {"json", Grant.process}, {"ini", Grant.ini}, of(shells[2]), of(shells[3])}
}

// shell is a format of an assignment a line.
type shell struct {
	name, before, between string
	quote                 func(string) string
}

func shells() []shell {
	return []shell{
		{"env", "", "=", vaultcore.ShellWord},
		{"export-env", "export ", "=", vaultcore.ShellWord},
		{"fish", "set -gx ", " ", fishQuote},
		{"powershell", "$Env:", " = ", powerShellWord},
	}
}

func (s shell) lines(variables []variable) []byte {
	var b strings.Builder
	for _, v := range variables {
		b.WriteString(s.before + v.name + s.between + s.quote(v.value) + "\n")
	}
	return []byte(b.String())
}

// ServedFormats are the names of the formats of [Served.Write]; the first is the usual
// one.
func ServedFormats() []string {
	var names []string
	for _, s := range shells() {
		names = append(names, s.name)
	}
	return names
}

// Write writes what a program must find in its environment, in one of [ServedFormats].
func (s Served) Write(format string) []byte {
	for _, shell := range shells() {
		if shell.name == format {
			return shell.lines(s.variables())
		}
	}
	return nil
}

// process is the reply of a credential_process, exactly as AWS wants it. It is
// put together by hand: this is what every AWS program waits for, and setting up
// package json for it takes longer than the rest of it.
func (g Grant) process() []byte {
	b := make([]byte, 0, 2048)
	b = append(b, `{"Version":1,"AccessKeyId":`...)
	b = appendString(b, g.Credentials.AccessKeyID)
	b = append(b, `,"SecretAccessKey":`...)
	b = appendString(b, g.Credentials.SecretAccessKey.Reveal())
	if token := g.Credentials.SessionToken; !token.IsZero() {
		b = append(b, `,"SessionToken":`...)
		b = appendString(b, token.Reveal())
	}
	if end := g.expiration(); end != "" {
		b = append(b, `,"Expiration":`...)
		b = appendString(b, end)
	}
	return append(b, "}\n"...)
}

// appendString appends text as a JSON string.
func appendString(b []byte, text string) []byte {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		quoted, err := json.Marshal(text)
		if err != nil {
			panic("credformat: a string cannot become JSON") // it always can
		}
		return append(b, quoted...)
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// ini is a section for an AWS credentials file, where a profile's name stands alone.
func (g Grant) ini() []byte {
	names := map[string]string{
		"AWS_ACCESS_KEY_ID":         "aws_access_key_id",
		"AWS_SECRET_ACCESS_KEY":     "aws_secret_access_key",
		"AWS_SESSION_TOKEN":         "aws_session_token",
		"AWS_CREDENTIAL_EXPIRATION": "aws_credential_expiration",
		"AWS_REGION":                "region",
	}
	text := "[" + g.Profile + "]\n"
	for _, v := range g.variables() {
		if name, ok := names[v.name]; ok {
			text += name + " = " + v.value + "\n"
		}
	}
	return []byte(text)
}

// fishQuote writes a value for fish, whose single quotes know two escapes.
func fishQuote(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// powerShellWord writes a value for PowerShell, which also takes typographic
// quotes for the end of a string.
func powerShellWord(value string) string {
	var b strings.Builder
	for _, r := range value {
		if strings.ContainsRune("'‘’‚‛", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	return "'" + b.String() + "'"
}
