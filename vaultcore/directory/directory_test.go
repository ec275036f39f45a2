package directory

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

var (
	corp  = vaultcore.SignIn{Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1"}
	other = vaultcore.SignIn{Session: "other", StartURL: corp.StartURL, Region: "eu-west-1"}
)

func accounts() []vaultcore.Account {
	return []vaultcore.Account{{ID: "111111111111", Name: "Dev"}, {ID: "222222222222", Name: "Prod"}, {ID: "333333333333"}}
}

// TestListing: a listing that was cut short goes on, also in the next app, is whole
// with the last roles, and then begins anew.
func TestListing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.json")
	d, err := Open(path)
	if err != nil || d.Accounts(corp) != nil || d.Name("111111111111") != "" {
		t.Fatal(err)
	}
	d.Begin(corp, accounts())
	d.SetRoles(corp, "111111111111", []string{"Admin"})
	d.SetRoles(corp, "222222222222", nil)
	d.SetRoles(corp, "999999999999", nil)
	d.SetRoles(other, "111111111111", nil)
	if err := d.Save(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	again, err := Open(path)
	if err != nil || again.Name("222222222222") != "Prod" || again.Name("333333333333") != "" {
		t.Fatal(err)
	}
	again.Begin(corp, append(accounts(), vaultcore.Account{ID: "444444444444", Name: "New"}))
	want := []vaultcore.Account{
		{ID: "111111111111", Name: "Dev", Roles: []string{"Admin"}}, {ID: "222222222222", Name: "Prod", Roles: []string{}},
		{ID: "333333333333"}, {ID: "444444444444", Name: "New"},
	}
	if got := again.Accounts(corp); !reflect.DeepEqual(got, want) {
		t.Errorf("goes on with %+v", got)
	}
	for _, id := range []string{"333333333333", "444444444444"} {
		if _, whole := again.Whole(corp); whole {
			t.Error("whole too early")
		}
		again.SetRoles(corp, id, nil)
	}
	if all, whole := again.Whole(corp); !whole || len(all) != 4 {
		t.Errorf("%v, %v", all, whole)
	}
	again.Begin(corp, accounts())
	if got := again.Accounts(corp); !reflect.DeepEqual(got, accounts()) || again.Name("444444444444") != "" {
		t.Errorf("begins with %+v", got)
	}
}

// TestOld: neither half of a listing nor a whole one is used for long.
func TestOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := Open("")
		d.Begin(corp, accounts())
		d.SetRoles(corp, "111111111111", nil)
		time.Sleep(resumes - time.Second)
		d.Begin(corp, accounts())
		if d.Accounts(corp)[0].Roles == nil {
			t.Error("it does not go on")
		}
		time.Sleep(time.Second)
		d.Begin(corp, accounts())
		if d.Accounts(corp)[0].Roles != nil {
			t.Error("it goes on with what is old")
		}
		for _, a := range accounts() {
			d.SetRoles(corp, a.ID, nil)
		}
		if time.Sleep(wholeFor - time.Second); !is(d.Whole(corp)) {
			t.Error("it is not whole for long enough")
		}
		if time.Sleep(time.Second); is(d.Whole(corp)) {
			t.Error("it is whole for too long")
		}
		if err := d.Save(); err != nil {
			t.Error(err)
		}
	})
}

func is(_ []vaultcore.Account, ok bool) bool { return ok }

// TestBroken: a file that cannot be read costs a listing, no more.
func TestBroken(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"x":{"accounts":[{"id":1}]}}`, `{"x":null}`, "null"} {
		path := filepath.Join(t.TempDir(), "accounts.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path)
		if whole := text == `{"x":null}` || text == "null"; (err == nil) != whole {
			t.Errorf("%q: %v", text, err)
		}
		d.Begin(corp, accounts())
		if err := d.Save(); err != nil {
			t.Error(err)
		}
		if d, err := Open(path); err != nil || d.Name("111111111111") != "Dev" {
			t.Error(err)
		}
	}
}
