package awsconfig

import (
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// warnStatic tells of keys in the clear, which AWS's tools take before they
// look at credential_process.
func (s *setter) warnStatic(profile string) {
	shown := vaultcore.Printable(profile)
	if s.static.err != nil {
		s.note("%s cannot be read, so it is not known whether it has keys that go before this line.", s.static.file)
	}
	if s.static.names[profile] {
		s.note("%s has a key for %s, and AWS's tools take that before they ask Vaultbar: take the section [%s] out of it once `vaultbar add %s` is done.",
			s.static.file, shown, shown, shown)
	}
	if _, ok := s.doc.profiles[profile].keys["aws_access_key_id"]; ok {
		s.note("%s has a key in [%s] itself, and some of AWS's tools take that before they ask Vaultbar: take the aws_ lines out once `vaultbar add %s` is done.",
			s.file, vaultcore.Printable(header(profile)), shown)
	}
}

// staticNames are the profiles that have keys in the clear.
type staticNames struct {
	file  string
	names map[string]bool
	err   error
}

// staticKeys looks for keys in the credentials file, without reading their
// values into anything that lives on.
func staticKeys(path string) staticNames {
	found := staticNames{file: display(path), names: map[string]bool{}}
	text, err := readText(path)
	if err != nil {
		found.err = err
		return found
	}
	parsed, err := inifile.Parse(text)
	if err != nil {
		found.err = err
		return found
	}
	for _, section := range parsed.Sections {
		if _, ok := section.Get("aws_access_key_id"); ok {
			found.names[section.Name] = true
		}
	}
	return found
}
