package vaultcore

// Account is an AWS account that a person reaches by a sign-in to IAM Identity Center,
// as its portal lists it.
type Account struct {
	ID    string   `json:"id"` // twelve digits
	Name  string   `json:"name,omitempty"`
	Email string   `json:"email,omitempty"`
	Roles []string `json:"roles,omitzero"` // names of permission sets, sorted; nil where they were not listed
}

// AccountLabel is an account's id with its name, where that is known, as one harmless
// line: "222222222222 (acme-prod)".
func AccountLabel(id, name string) string {
	id, name = Printable(id), Printable(name)
	if id == "" || name == "" {
		return id
	}
	return id + " (" + name + ")"
}
