package directory

import (
	"context"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The bounds of a page: so many accounts, and, where their roles are to be listed, those
// that are listed in so much time.
const (
	pageAccounts = 100
	pageTime     = time.Second
)

// Wanted is what a page is to have.
type Wanted struct {
	After    string   // accounts with greater ids; empty for all
	Accounts []string // these alone, by id or by name; empty for all
	Roles    bool     // the roles of each
}

// Page is some of the accounts of a sign-in.
type Page struct {
	Accounts    []vaultcore.Account
	Done, Total int    // how many there are up to the end of the page, and in all
	Next        string // what the next page is after; empty for none
}

// Page returns a page of what was listed, of one account at least. Roles that are not known
// are listed by roles, whose failure ends the page; what was listed until then is kept.
func (d *Directory) Page(ctx context.Context, of vaultcore.SignIn, w Wanted, roles func(ctx context.Context, account string) ([]string, error)) (Page, error) {
	all := d.Accounts(of)
	if len(w.Accounts) > 0 {
		all = slices.DeleteFunc(all, func(a vaultcore.Account) bool {
			return !slices.Contains(w.Accounts, a.ID) && !slices.Contains(w.Accounts, a.Name)
		})
	}
	page := Page{Accounts: []vaultcore.Account{}, Total: len(all)}
	begun := time.Now()
	for i, account := range all {
		if page.Done = i + 1; account.ID <= w.After {
			continue
		}
		if n := len(page.Accounts); n == pageAccounts || n > 0 && time.Since(begun) > pageTime {
			page.Done, page.Next = i, all[i-1].ID
			return page, nil
		}
		if !w.Roles {
			account.Roles = nil
		} else if account.Roles == nil {
			listed, err := roles(ctx, account.ID)
			if err != nil {
				return Page{}, err
			}
			account.Roles = listed
			d.SetRoles(of, account.ID, listed)
		}
		page.Accounts = append(page.Accounts, account)
	}
	return page, nil
}
