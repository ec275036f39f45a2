//go:build linux

package stories_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// widestRow is how many characters a row of the menu may have: a name, its mark,
// its account and its time.
const widestRow = 90

// Names that are long, of many scripts, or made to deceive.
func TestDesktopNames(t *testing.T) {
	t.Parallel()
	key := "基盤チームの踏み台🔐"
	others := []string{
		strings.Repeat("x", 29) + "y", strings.Repeat("本番環境🔐", 40), strings.Repeat("very-long-", 19) + "production",
		"本番環境の管理者アカウント🔐その一二三四五六七八九十",
		"🚀", "prod", "prod\u200b", "a<b>bold</b>&amp;_x\u202egnp", "--help",
	}
	d := newDesktop(t, desktoptest.Panel)
	config := fmt.Sprintf("[profile %s]\nregion = eu-central-1\nmfa_serial = %s\n", key, d.aws.MFA.Serial())
	for _, name := range others {
		config += fmt.Sprintf("[profile %s]\nregion = eu-central-1\nrole_arn = %s\nsource_profile = %s\n", name, d.aws.Role.ARN(), key)
	}
	d.writeConfig(config)
	d.add(key, d.aws.Key)
	d.icon()
	d.rested("○ prod")
	d.checkRows(len(others) + 1)
	d.openMenu()
	d.screen.Screenshot("story-7-menu")
	d.closeMenu()

	d.click("○ 本番環境の管理者", "Start session")
	w := d.screen.Window("Vaultbar: MFA code for ")
	text := d.dialog(w.Title)
	d.screen.Screenshot("story-7-dialog")
	if want := "Vaultbar: MFA code for " + vaultcore.Printable(key); w.Title != want {
		t.Errorf("the dialog's title is %q, not %q", w.Title, want)
	}
	if !strings.Contains(text, d.device()) || !strings.Contains(text, vaultcore.Printable(others[3])) {
		t.Errorf("the dialog does not name device and profile:\n%s", text)
	}
	if width := d.width(w); width > 1000 {
		t.Errorf("the dialog is %d pixels wide", width)
	}
	d.screen.Answer(w.Title, d.code())
	d.row("● 本番環境の管理者")
}

// checkRows holds that the rows of the profiles are that many, harmless, short
// and distinct.
func (d *desktop) checkRows(want int) {
	d.Helper()
	seen := make(map[string]bool)
	for _, row := range d.menu() {
		if !strings.HasPrefix(row.label, "○ ") {
			continue
		}
		if n := utf8.RuneCountInString(row.label); seen[row.label] || n > widestRow {
			d.Errorf("row %q: %d characters, seen before: %t", row.label, n, seen[row.label])
		}
		for _, r := range row.label {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				d.Errorf("row %q has %U in it", row.label, r)
			}
		}
		seen[row.label] = true
	}
	if len(seen) != want {
		d.Errorf("%d rows for %d profiles:\n%s", len(seen), want, words(d.menu(), ""))
	}
}

func (d *desktop) width(w desktoptest.Window) (pixels int) {
	d.Helper()
	d.x(func(conn *xgb.Conn, _ *xproto.ScreenInfo) {
		shape, err := xproto.GetGeometry(conn, xproto.Drawable(w.ID)).Reply()
		d.check(err)
		pixels = int(shape.Width)
	})
	return pixels
}
