package awsconfig

import (
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
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
	line, err := processLine(s.setup.Command, request{profile: p.Name})
	if err != nil {
		return err
	}
	s.written = append(s.written, p.Name)
	return s.set(p.Name, "credential_process", line)
}

// rewrite has a line that asks for credentials ask by the command of today.
func (s *setter) rewrite(p vaultcore.Profile, key inifile.Key) error {
	shown := vaultcore.Printable(p.Name)
	before, err := parseCommand(key.Value)
	if err != nil || !before.ours() || p.Source.Kind == vaultcore.ProcessSource {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: profile %s has a credential_process that runs another program", s.file, key.Line, shown).
			WithHint("remove the line if Vaultbar is to hold the key of %s; nothing was written", shown)
	}
	asked, ok := before.request()
	theirs := before.program() == "aws-vault"
	if !ok && theirs {
		asked = request{profile: p.Name}
	}
	own := before.exports(p.Name)
	if !theirs && !own && (!ok || before.wrapped || len(asked.others) > 0 || before.words[0] == s.setup.Command) {
		s.note("%s already calls Vaultbar with a line of its own, which is left unchanged.", shown)
		return nil
	}
	line, err := processLine(s.setup.Command, asked)
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
func (s *setter) tellRewrite(p vaultcore.Profile, key inifile.Key, asked request, before command) {
	shown := vaultcore.Printable(p.Name)
	if before.program() == "aws-vault" {
		s.note("The line of %s that called aws-vault is replaced.", shown)
	}
	if asked.profile != p.Name {
		s.note("%s still gets the credentials of %s.", shown, vaultcore.Printable(asked.profile))
	}
	if before.wrapped {
		s.note("What came before aws-vault in the line of %s is dropped.", shown)
	}
	if len(asked.others) > 0 {
		s.note("Dropped from the line of %s, since Vaultbar does not need it: %s.", shown, vaultcore.Printable(strings.Join(asked.others, ", ")))
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
	before, err := parseCommand(key.Value)
	old, kept := s.memory(key)
	switch {
	case err == nil && kept && before.program() == "vaultbar":
		return s.take(inifile.ReplaceLines(s.text, key.Line-1, key.Line, old))
	case err != nil || !before.exports(p.Name):
		s.note("The credential_process of %s was not written by `vaultbar setup`; it is left unchanged.", shown)
		return nil
	}
	if users := s.users(p.Name); len(users) > 0 {
		s.note("AWS's tools no longer get credentials for these roles either: %s.", strings.Join(users, ", "))
	}
	return s.remove(p.Name, "credential_process")
}

// What AWS's tools can run. They split the line at spaces, some of them by way
// of a shell, so that nothing with a meaning to a shell may be in it. Letters of
// every script have none.
var (
	pathShape = regexp.MustCompile(`^(/[\p{L}\p{M}\p{N}_./ -]*|([A-Za-z]:\\|\\\\)[\p{L}\p{M}\p{N}_./\\ -]*)$`)
	nameShape = regexp.MustCompile(`^[\p{L}\p{N}_.@+=,:/][\p{L}\p{M}\p{N}_.@+=,:/ -]*$`)
	flagShape = regexp.MustCompile(`^[a-z0-9.-]*$`)
)

func checkCommand(path string) error {
	if pathShape.MatchString(path) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools cannot run %q", vaultcore.Printable(path)).
		WithHint("move vaultbar to where its absolute path has only letters, digits, spaces and any of -_./")
}

// processLine is the command that Setup writes. Where the name needs quotes it
// is not last: the Go SDK takes off quotes that stand at both ends of a value.
func processLine(path string, r request) (string, error) {
	if !nameShape.MatchString(r.profile) || strings.TrimSpace(r.profile) != r.profile {
		return "", vaultcore.Faultf(vaultcore.ErrRequest, "AWS's tools cannot handle the name of profile %q", vaultcore.Printable(r.profile)).
			WithHint("rename the profile, using letters, digits, spaces and any of -_.@+=,:/")
	}
	program := path
	if strings.Contains(path, " ") {
		program = `"` + path + `"`
	}
	flags := "--format=json"
	if r.noSession {
		flags += " --no-session"
	}
	for _, flag := range []struct{ name, value string }{
		{"--duration", r.duration}, {"--region", r.region}, {"--min-ttl", r.minTTL}, {"--prompt", r.prompt},
	} {
		if !flagShape.MatchString(flag.value) {
			return "", vaultcore.Faultf(vaultcore.ErrRequest, "the credential_process line for profile %s has a %s that AWS's tools cannot handle", vaultcore.Printable(r.profile), flag.name).
				WithHint("correct the flag, or remove it from the line; nothing was written")
		}
		if flag.value != "" {
			flags += " " + flag.name + "=" + flag.value
		}
	}
	if strings.Contains(r.profile, " ") {
		return program + ` export "` + r.profile + `" ` + flags, nil
	}
	return program + " export " + flags + " " + r.profile, nil
}
