package awsconfig

import (
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

// bringing are the keys of a section with which it brings credentials of its own.
var bringing = []string{
	plainID, "credential_process", "sso_session", "sso_start_url", "login_session", "web_identity_token_file", "role_arn",
}

// DefaultBrings says where [default] brings credentials, as in "[default] of
// ~/.aws/config has role_arn"; "" where it does not. AWS's tools look there,
// where no profile is named, before they ask a container or an instance for theirs. A
// file that cannot be read has none for them either.
func DefaultBrings(files Files) string {
	for _, path := range []string{files.Credentials, files.Config} {
		text, err := ReadText(path)
		if err != nil {
			continue
		}
		parsed, err := inifile.Parse(text)
		if err != nil {
			continue
		}
		for _, section := range parsed.Sections {
			if section.Name != defaultName && !(path == files.Config && namesDefault(section)) {
				continue
			}
			for _, key := range section.Keys {
				if key.Value != "" && slices.Contains(bringing, key.Name) {
					return "[" + defaultName + "] of " + Display(path) + " has " + key.Name
				}
			}
		}
	}
	return ""
}
