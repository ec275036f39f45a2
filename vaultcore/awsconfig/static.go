package awsconfig

import "github.com/vaultbar/vaultbar/vaultcore"

// warnStatic tells of keys in the clear, which AWS's tools take before they
// look at credential_process.
func (s *setter) warnStatic(profile string) {
	if s.static.err != nil {
		s.note("%s cannot be read, so it may have keys that AWS's tools use instead of this line.", s.static.file)
	}
	if s.static.names[profile] {
		s.note("%s has a key for %s, and AWS's tools use that instead of asking Vaultbar: `vaultbar import %s` moves it into the keychain.", s.static.file, vaultcore.Printable(profile), vaultcore.Argument(profile))
	}
	if _, ok := s.doc.profiles[profile].keys["aws_access_key_id"]; ok {
		s.note("%s has a key in [%s] itself, and some of AWS's tools use that instead of asking Vaultbar: `vaultbar import %s` moves it into the keychain.",
			s.file, vaultcore.Printable(header(profile)), vaultcore.Argument(profile))
	}
}
