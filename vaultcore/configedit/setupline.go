package configedit

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
	"github.com/vaultbar/vaultbar/vaultcore/processline"
)

// remembered begins the comment above a line of setup's. It holds the line that
// stood there before, for undo. AWS's tools pass over comments.
const remembered = "# before vaultbar setup: "

// processShape is a line that is remembered.
var processShape = regexp.MustCompile(`(?i)^\s*credential_process\s*[=:]`)

// write gives a profile its line.
func (s *setter) write(p vaultcore.Profile) error {
	s.warnStatic(p.Name)
	if strings.Contains(p.Name, " ") {
		s.note("The name of %s has a space: AWS's SDK for Go, and so Terraform, finds it only with the quotes as part of the name, other tools only without them.", vaultcore.Printable(p.Name))
	}
	key, ok := s.process(p.Name)
	if ok {
		return s.rewrite(p, key)
	}
	line, err := processline.Request{Profile: p.Name}.Line(s.setup.Command)
	if err != nil {
		return err
	}
	s.written = append(s.written, p.Name)
	return s.set(p.Name, "credential_process", line)
}

// rewrite has a line that asks for credentials ask by the command of today.
func (s *setter) rewrite(p vaultcore.Profile, key inifile.Key) error {
	shown := vaultcore.Printable(p.Name)
	before, err := processline.Parse(key.Value)
	if err != nil || !before.Ours() || p.Source.Kind == vaultcore.ProcessSource {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: profile %s has a credential_process that runs another program", s.file, key.Line, shown).
			WithHint("remove the line if Vaultbar is to hold the key of %s; nothing was written", shown)
	}
	asked, ok := before.Request()
	theirs := before.Program() == "aws-vault"
	if !ok && theirs {
		asked = processline.Request{Profile: p.Name}
	}
	own := before.Exports(p.Name)
	if !theirs && !own && (!ok || before.Wrapped || len(asked.Others) > 0 || before.Words[0] == s.setup.Command) {
		s.note("%s already calls Vaultbar with a line of its own, which is left unchanged.", shown)
		return nil
	}
	line, err := asked.Line(s.setup.Command)
	if err != nil {
		return err
	}
	s.written = append(s.written, p.Name)
	if own && line == key.Value && !s.commented(key) {
		return nil
	}
	s.tellRewrite(p, key, asked, before)
	lines := []string{"credential_process = " + line}
	if _, kept := s.memory(key); !own && !kept {
		lines = []string{remembered + s.lineAt(key.Line), lines[0]}
	}
	return s.take(inifile.ReplaceLines(s.text, key.Line, key.Line, lines...))
}

// tellRewrite says what of the old line is kept, and what is not.
func (s *setter) tellRewrite(p vaultcore.Profile, key inifile.Key, asked processline.Request, before processline.Command) {
	shown := vaultcore.Printable(p.Name)
	if before.Program() == "aws-vault" {
		s.note("The line of %s that called aws-vault is replaced.", shown)
	}
	if asked.Profile != p.Name {
		s.note("%s still gets the credentials of %s.", shown, vaultcore.Printable(asked.Profile))
	}
	if before.Wrapped {
		s.note("What came before aws-vault in the line of %s is dropped.", shown)
	}
	if len(asked.Others) > 0 {
		s.note("Dropped from the line of %s, since Vaultbar does not need it: %s.", shown, vaultcore.Printable(strings.Join(asked.Others, ", ")))
	}
	if s.commented(key) {
		s.note("The comment after the credential_process of %s is removed: the AWS CLI reads it as part of the command.", shown)
	}
}

// commented says whether anything stands behind the value of a key.
func (s *setter) commented(key inifile.Key) bool {
	return !strings.HasSuffix(strings.TrimSpace(s.lineAt(key.Line)), key.Value)
}

// lineAt is a line of the file, without its end.
func (s *setter) lineAt(n int) string {
	return strings.TrimSuffix(strings.Split(string(s.text), "\n")[n-1], "\r")
}

// memory is the line that stood in the place of a line of setup's.
func (s *setter) memory(key inifile.Key) (line string, ok bool) {
	line, ok = strings.CutPrefix(s.lineAt(max(key.Line-1, 1)), remembered)
	return line, ok && processShape.MatchString(line)
}

// takeOut removes the line that write has written, and puts back what stood there.
func (s *setter) takeOut(p vaultcore.Profile) error {
	shown := vaultcore.Printable(p.Name)
	key, ok := s.process(p.Name)
	if !ok {
		s.note("%s does not use Vaultbar; it is left unchanged.", shown)
		return nil
	}
	before, err := processline.Parse(key.Value)
	old, kept := s.memory(key)
	switch {
	case err == nil && kept && before.Program() == "vaultbar":
		return s.take(inifile.ReplaceLines(s.text, key.Line-1, key.Line, old))
	case err != nil || !before.Exports(p.Name):
		s.note("The credential_process of %s was not written by `vaultbar setup`; it is left unchanged.", shown)
		return nil
	}
	if users := s.users(p.Name); len(users) > 0 {
		s.note("AWS's tools no longer get credentials for these roles either: %s.", strings.Join(users, ", "))
	}
	return s.remove(p.Name, "credential_process")
}

// warnStatic tells of keys in the clear, which AWS's tools take before they
// look at credential_process.
func (s *setter) warnStatic(profile string) {
	if s.staticErr != nil {
		s.note("%s cannot be read, so it may have keys that AWS's tools use instead of this line.", awsconfig.Display(s.setup.Credentials))
	}
	if slices.ContainsFunc(s.static, func(k awsconfig.PlainKey) bool { return k.Profile == profile }) {
		s.note("%s has a key for %s, and AWS's tools use that instead of asking Vaultbar: `vaultbar import %s` moves it into the keychain.", awsconfig.Display(s.setup.Credentials), vaultcore.Printable(profile), vaultcore.Argument(profile))
	}
	if _, ok := s.doc.Key(profile, "aws_access_key_id"); ok {
		s.note("%s has a key in [%s] itself, and some of AWS's tools use that instead of asking Vaultbar: `vaultbar import %s` moves it into the keychain.",
			s.file, vaultcore.Printable(awsconfig.Header(profile)), vaultcore.Argument(profile))
	}
}
