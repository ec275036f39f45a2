package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// many are so many accounts, named by their number.
func many(n int) []vaultcore.Account {
	var all []vaultcore.Account
	for i := range n {
		all = append(all, vaultcore.Account{ID: fmt.Sprintf("%012d", 1000+i), Name: fmt.Sprintf("Team %d", i)})
	}
	return all
}

// TestPages: every account is on one page, and a page ends where it has enough, or where its
// roles have taken long enough.
func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		accounts int
		wanted   Wanted
		each     time.Duration // that roles take
		pages    []int         // how many accounts each has
		listed   int           // of how many accounts roles were listed
	}{
		"none":           {0, Wanted{}, 0, []int{0}, 0},
		"a few":          {3, Wanted{}, time.Hour, []int{3}, 0},
		"just enough":    {100, Wanted{}, 0, []int{100}, 0},
		"many":           {230, Wanted{}, 0, []int{100, 100, 30}, 0},
		"with roles":     {230, Wanted{Roles: true}, 0, []int{100, 100, 30}, 230},
		"slow roles":     {7, Wanted{Roles: true}, 400 * time.Millisecond, []int{3, 3, 1}, 7},
		"very slow ones": {2, Wanted{Roles: true}, time.Minute, []int{1, 1}, 2},
		"some":           {9, Wanted{Accounts: []string{"Team 2", "000000001005", "none"}, Roles: true}, 0, []int{2}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, err := Open("")
			if err != nil {
				t.Fatal(err)
			}
			d.Begin(corp, many(test.accounts))
			listed := 0
			roles := func(_ context.Context, account string) ([]string, error) {
				listed++
				time.Sleep(test.each)
				return []string{"of " + account}, nil
			}
			var pages []int
			var ids []string
			for w := test.wanted; ; {
				page, err := d.Page(t.Context(), corp, w, roles)
				if err != nil {
					t.Fatal(err)
				}
				pages = append(pages, len(page.Accounts))
				for _, a := range page.Accounts {
					ids = append(ids, a.ID)
					if (len(a.Roles) == 1 && a.Roles[0] == "of "+a.ID) != w.Roles {
						t.Errorf("%s: %+v", name, a)
					}
				}
				if page.Done != len(ids) {
					t.Errorf("%s: %d are done after %d", name, page.Done, len(ids))
				}
				if w.After = page.Next; w.After != "" {
					continue
				}
				if page.Total != len(ids) || !slices.IsSorted(ids) || len(slices.Compact(ids)) != page.Total {
					t.Errorf("%s: %q of %d", name, ids, page.Total)
				}
				break
			}
			if !slices.Equal(pages, test.pages) || listed != test.listed {
				t.Errorf("%s: pages of %v, roles of %d listed", name, pages, listed)
			}
		})
	}
}

// TestPageGoesOn: what was listed before a failure is not listed again.
func TestPageGoesOn(t *testing.T) {
	d, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	d.Begin(corp, many(5))
	failure, listed := errors.New("no"), 0
	roles := func(_ context.Context, account string) ([]string, error) {
		if listed++; listed == 3 {
			return nil, failure
		}
		return []string{}, nil
	}
	if _, err := d.Page(t.Context(), corp, Wanted{Roles: true}, roles); !errors.Is(err, failure) {
		t.Error(err)
	}
	page, err := d.Page(t.Context(), corp, Wanted{Roles: true}, roles)
	if err != nil || len(page.Accounts) != 5 || listed != 6 || !is(d.Whole(corp)) {
		t.Errorf("%+v, %v, after %d calls", page, err, listed)
	}
}
