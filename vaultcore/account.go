package vaultcore

// Account is an AWS account that a person reaches by a sign-in to IAM Identity Center,
// as its portal lists it.
type Account struct {
	ID    string   `json:"id"` // twelve digits
	Name  string   `json:"name,omitempty"`
	Email string   `json:"email,omitempty"`
	Roles []string `json:"roles,omitzero"` // names of permission sets, sorted; nil where they were not listed
}
