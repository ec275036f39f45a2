// Package configs has texts of AWS config files that are broken, odd or meant to hurt, for
// the tests of whatever reads or edits such files.
package configs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// All are the texts of [Hostile] and [Unusable], and those of the files of a pattern, of
// which there must be several.
func All(t testing.TB, pattern string) map[string]string {
	t.Helper()
	texts := Hostile()
	maps.Copy(texts, Unusable())
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
	return texts
}

// Write writes the two files of AWS's tools into a folder of their own, each unless it is
// empty, and returns their paths.
func Write(t testing.TB, config, credentials string) (configPath, credentialsPath string) {
	t.Helper()
	folder := t.TempDir()
	configPath, credentialsPath = filepath.Join(folder, "config"), filepath.Join(folder, "credentials")
	for path, text := range map[string]string{configPath: config, credentialsPath: credentials} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return configPath, credentialsPath
}

// Key are the lines of an access key in such a file.
func Key(id, secret string) string {
	return "aws_access_key_id = " + id + "\naws_secret_access_key = " + secret + "\n"
}

// Hostile are pieces of files that are broken, odd or meant to hurt, by what is wrong with them. -short makes
// the large ones a tenth as large.
func Hostile() map[string]string {
	share := 1
	if testing.Short() {
		share = 10
	}
	repeat := func(text string, n int) string { return strings.Repeat(text, n/share) }
	big := repeat("x", 1<<20)
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n / share {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return map[string]string{
		"nothing":                "",
		"spaces":                 "   \n\t\n",
		"no section":             "region = eu-west-1\n",
		"words":                  "these are only words\n",
		"unclosed header":        "[profile x\nregion = eu-west-1\n",
		"header twice open":      "[[profile x]\nregion = eu-west-1\n",
		"header twice closed":    "[profile x]]\nregion = eu-west-1\n",
		"text behind a header":   "[profile x] y\nregion = eu-west-1\n",
		"no name":                "[]\nregion = eu-west-1\n",
		"profile without a name": "[profile]\n[profile ]\n[profile \"\"]\nregion=x\n",
		"quote in a header":      "[profile \"x]\nregion = eu-west-1\n",
		"control in a header":    "[profile x\x00y]\nregion = eu-west-1\n",
		"escape in a header":     "[profile \x1b[31mx]\nregion = eu-west-1\n",
		"very long header":       "[profile " + big + "]\nregion = eu-west-1\n",
		"brackets":               repeat("[", 100_000) + "\n" + repeat("]", 100_000) + "\n",
		"open brackets by line":  many(2000, "[x%d\n"),
		"zero bytes":             "[profile x]\n\x00\x00\x00\n",
		"not utf-8":              "[profile x]\nregion = \xff\xfe\n",
		"escape in a value":      "[profile x]\nregion = \x1b]0;x\x07\n",
		"lone carriage return":   "[profile x]\rregion = eu-west-1\r",
		"line separator":         "[profile x]\nregion = eu-west-1\u2028role_arn = y\n",
		"bidi":                   "[profile \u202ex]\nregion = eu-west-1\n",
		"second mark":            "[profile x]\n\ufeffregion = eu-west-1\n",
		"no equals sign":         "[profile x]\nrole_arn\n",
		"no key":                 "[profile x]\n= x\n",
		"colon":                  "[profile x]\nregion: eu-west-1\n",
		"minus key":              "[profile x]\n- = 1\n- = 2\n",
		"quoted key":             "[profile x]\n\"region = eu-west-1\n",
		"backtick key":           "[profile x]\n`region` = eu-west-1\n",
		"backtick value":         "[profile x]\nregion = `eu\n",
		"triple quotes":          "[profile x]\nregion = \"\"\"eu\n",
		"single quote":           "[profile x]\nregion = 'eu\n",
		"backslash":              "[profile x]\nregion = eu\\\n",
		"percent":                "[profile x]\nregion = %(region)s\nrole_arn = %(region)s\n",
		"deeper line":            "[profile x]\nregion = eu-west-1\n  role_arn = y\n",
		"indented first":         "[profile x]\n      region = eu-west-1\n  output = y\n",
		"nested in nothing":      "[profile x]\n   = 1\n",
		"nested":                 "[profile x]\ns3 =\n  region = y\n    role_arn = z\n",
		"long nest":              "[profile x]\ns3 =\n" + many(600, "  k%d = 1\n"),
		"many keys":              "[profile x]\n" + many(600, "k%d = 1\n"),
		"one key often":          "[profile x]\n" + strings.Repeat("region = eu-west-1\n", 400),
		"section often":          repeat("[profile x]\nregion = eu-west-1\n", 3000),
		"many sections":          many(9000, "[profile x%d]\nregion = eu-west-1\n"),
		"long line":              "[profile x]\n" + big + "\n",
		"long value":             "[profile x]\nregion = " + big + "\n",
		"long comment":           "# " + big + "\n",
		"many comments":          repeat("#\n", 500_000),
		"many blank lines":       repeat("\n", 1_000_000),
		"source itself":          "[profile x]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = x\n",
		"source loop":            "[profile x]\nsource_profile = y\n[profile y]\nsource_profile = x\n",
		"source unknown":         "[profile x]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = \x7f\n",
		"long source chain":      many(2000, "[profile c%[1]d]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = c%[1]d9\n") + many(2000, "[profile d%d]\nsource_profile = d1\n"),
		"include itself":         "[profile x]\ninclude_profile = x\n",
		"include loop":           "[profile x]\ninclude_profile = y\n[profile y]\ninclude_profile = x\n",
		"include default":        "[default]\ninclude_profile = default\n",
		"huge duration":          "[profile x]\nduration_seconds = 99999999999999999999\n",
		"negative duration":      "[profile x]\nduration_seconds = -1\n",
		"odd endpoint":           "[profile x]\nendpoint_url = http://127.0.0.1:99999@evil/\n",
		"broken endpoint":        "[profile x]\nendpoint_url = https://%zz\n",
		"services of itself":     "[services x]\nservices = x\nsts =\n  endpoint_url\n[profile x]\nservices = x\n",
		"broken services":        "[services x]\nnonsense\n[profile x]\nservices = x\n",
		"long process":           "[profile x]\ncredential_process = " + repeat("env ", 20_000) + "vaultbar\n",
		"shells in shells":       "[profile x]\ncredential_process = sh -c 'sh -c \"sh -c sh\"'\n",
		"open process":           "[profile x]\ncredential_process = sh -c 'sh -c \"\n",
		"many tags":              "[profile x]\nsession_tags = " + repeat("a=b,", 50_000) + "\n",
		"different tags":         "[profile x]\nsession_tags = " + many(5000, "k%d=v,") + "k=v\n",
		"both defaults":          "[default]\nx\n[profile default]\ny\n",
		"all defaults":           "[DEFAULT]\nregion = x\n[Default]\nregion = y\n",
	}
}

// Unusable are files that are refused as a whole, or whose profiles lead too far.
func Unusable() map[string]string {
	var deep strings.Builder // chains that are too long
	for i := range 20 {
		deep.WriteString("[profile p" + string(rune('a'+i)) + "]\ninclude_profile = p" + string(rune('b'+i)) + "\n")
		deep.WriteString("[profile s" + string(rune('a'+i)) + "]\nsource_profile = s" + string(rune('b'+i)) + "\n")
	}
	return map[string]string{
		"utf-16": "\xff\xfe[\x00",
		"large":  strings.Repeat("#", 5<<20),
		"deep":   deep.String() + "[profile pu]\n[profile su]\n",
	}
}
