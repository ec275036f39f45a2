//go:build linux

package stories_test

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// What is served stands in the menu, and is ended there. A program that needs a person
// is refused at once, while they are asked in a window.
func TestDesktopServed(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(bastion, d.aws.Key)
	d.start()
	d.icon()
	d.signIn(bastion)
	values := printed(d.must("serve", bastion))
	s := &servedCommand{world: d.world, address: values["AWS_CONTAINER_CREDENTIALS_FULL_URI"], token: values["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
	if got := s.ask("/"); got.status != 200 {
		t.Fatalf("%+v", got)
	}
	d.must("clear")
	if got := s.ask("/"); got.status != 503 || got.Code != "PersonNeeded" {
		t.Errorf("%+v", got)
	}

	d.reads("", lineWith(d.says(mfaDialog), "serve"))
	d.screen.Screenshot("served-question")
	d.screen.Answer(mfaDialog, d.code())
	d.eventually("the answer is served", func() bool { return s.ask("/").status == 200 })

	d.row("Serving " + bastion)
	d.openMenu()
	d.screen.Screenshot("served-menu")
	d.closeMenu()
	d.click("Serving "+bastion, "Stop serving "+bastion)
	d.eventually("it is served no more", func() bool { return s.ask("/").status == 0 })
	d.look([]string{"Serving"}, func(_ string, _ entry, ok bool) bool { return !ok })
	if status := d.must("status"); strings.Contains(status, "Serves") {
		t.Errorf("the status is\n%s", status)
	}
}
