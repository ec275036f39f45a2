package report

import "github.com/vaultbar/vaultbar/vaultcore"

// Accounts are the accounts that a sign-in reaches, for a person.
func Accounts(all []vaultcore.Account) string {
	rows := [][]string{{"ACCOUNT", "NAME", "EMAIL"}}
	for _, a := range all {
		rows = append(rows, cells(Line, a.ID, a.Name, a.Email))
	}
	return Columns(rows, 0, 3)
}

// Roles are the roles in them.
func Roles(all []vaultcore.Account) string {
	rows := [][]string{{"ACCOUNT", "NAME", "ROLE"}}
	for _, a := range all {
		for _, role := range a.Roles {
			rows = append(rows, cells(Line, a.ID, a.Name, role))
		}
	}
	return Columns(rows, 0, 3)
}
