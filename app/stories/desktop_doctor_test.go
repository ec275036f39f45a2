//go:build linux

package stories_test

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// About says what does not work, where anything does not, and what to do about it.
func TestDesktopDoctor(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n[profile above]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = nowhere\n[profile tf]\ncredential_process = /opt/gone/vaultbar export --format=json " + plain + "\n")
	d.start()
	d.icon()
	const about, todo = "Vaultbar: About", "Vaultbar: What to do"
	d.click("About Vaultbar")
	d.screen.Window(about)
	d.screen.Screenshot("doctor-about")
	d.reads("about", lineWith(d.says(about), "work"))
	d.press(about)
	d.screen.Window(todo)
	d.screen.Screenshot("doctor-todo")
	text := d.dialog(todo)
	for _, want := range []string{"nowhere", "/opt/gone/vaultbar", "vaultbar setup tf"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	d.screen.Dismiss(todo)

}
