package awsvault

import "strings"

// Variable is a variable of aws-vault that says nothing to Vaultbar, and why.
type Variable struct{ Name, Why string }

const ownKeychain = "Vaultbar has a keychain of its own; `vaultbar import --from aws-vault` copies keys from aws-vault's"

// unused are aws-vault's variables that have no meaning here. What the others mean is
// found where they are read: by package cli, and by the app, which gets them with each
// request.
var unused = Variables{
	{"AWS_ROLE_ARN", "a role is set in the config file, since on AWS's machines this variable is meant for other programs"},
	{"AWS_VAULT_BACKEND", ownKeychain},
	{"AWS_VAULT_FILE_DIR", ownKeychain},
	{"AWS_VAULT_FILE_PASSPHRASE", ownKeychain},
	{"AWS_VAULT_KEYCHAIN_NAME", ownKeychain},
	{"AWS_VAULT_PASS_PASSWORD_STORE_DIR", ownKeychain},
	{"AWS_VAULT_PASS_CMD", ownKeychain},
	{"AWS_VAULT_PASS_PREFIX", ownKeychain},
	{"AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", ownKeychain},
	{"AWS_VAULT_PROFILE_ENV", "after `vaultbar setup PROFILE`, AWS_PROFILE=PROFILE is all that AWS's tools need"},
	{"AWS_VAULT_STDOUT", "--stdout prints addresses, where there are any"},
	{"AWS_VAULT_BIOMETRICS", "the keychain asks for what it needs when Vaultbar unlocks it"},
}

// Variables are some of aws-vault's variables.
type Variables []Variable

// Unused are the variables of aws-vault that are set and say nothing to Vaultbar.
func Unused(getenv func(string) string) (set Variables) {
	for _, v := range unused {
		if getenv(v.Name) != "" {
			set = append(set, v)
		}
	}
	return set
}

// Names are their names.
func (vs Variables) Names() (names []string) {
	for _, v := range vs {
		names = append(names, v.Name)
	}
	return names
}

// Lines say that they are not used, and why: a line for each reason.
func (vs Variables) Lines() (lines []string) {
	for i, v := range vs {
		var same Variables
		for j, other := range vs {
			if other.Why == v.Why {
				if j < i {
					break // it is said already
				}
				same = append(same, other)
			}
		}
		if same != nil {
			lines = append(lines, strings.Join(same.Names(), ", ")+" not used: "+v.Why)
		}
	}
	return lines
}
