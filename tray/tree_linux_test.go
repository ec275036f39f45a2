package tray

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// rows are what a host, and a screen reader by it, is told of the menu.
func rows(children []dbus.Variant, indent string) string {
	var b strings.Builder
	for _, child := range children {
		fields := child.Value().([]any)
		props := fields[1].(map[string]dbus.Variant)
		if visible, ok := props["visible"]; ok && visible.Value() == false {
			continue
		}
		if props["type"].Value() == "separator" {
			b.WriteString(indent + "separator\n")
			continue
		}
		label, _ := props["label"].Value().(string)
		b.WriteString(indent + strings.ReplaceAll(label, "__", "_"))
		if props["toggle-type"].Value() == "checkmark" {
			fmt.Fprintf(&b, ", check box, %s", map[bool]string{true: "checked", false: "not checked"}[props["toggle-state"].Value() == int32(1)])
		}
		if props["enabled"].Value() == false {
			b.WriteString(", gray")
		}
		if picture, _ := props["icon-data"].Value().([]byte); bytes.Equal(picture, icon.Mark(true)) {
			b.WriteString(", red disc")
		}
		if props["children-display"].Value() == "submenu" {
			b.WriteString(", submenu")
		}
		b.WriteString("\n" + rows(fields[2].([]dbus.Variant), indent+"    "))
	}
	return b.String()
}

// times are what differs from one run to the next.
var times = regexp.MustCompile(`((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d\d:\d\d|\d+ h( \d+ min)?|\d+ min\b`)

// TestTree holds what is told of the menu over the bus, in each of its states.
func TestTree(t *testing.T) {
	b := startBus(t)
	h := newHost(t, b)
	h.listen()
	h.open()
	a := startApp(t, b.address)
	item := h.item()
	menu := item.menu()
	for name, snap := range trees(time.Now()) {
		file := "tree/" + name + ".txt"
		want := golden.Text(t, file)
		a.knows(snap)
		got, same := "", 0
		read := func() bool {
			var revision uint32
			var root struct {
				ID       int32
				Props    map[string]dbus.Variant
				Children []dbus.Variant
			}
			if err := menu.Call(menuFace+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
				t.Fatal(err)
			}
			tip, _ := item.property("ToolTip").([]any)
			before := got
			got = fmt.Sprintf("icon: %s, %s\n", item.property("Title"), tip[2]) + times.ReplaceAllString(rows(root.Children, ""), "TIME")
			got = times.ReplaceAllString(got, "TIME")
			if golden.Updating() {
				if got != before {
					same = 0
				}
				same++
				return same > 30
			}
			return got == want
		}
		for deadline := time.Now().Add(longEnough); !read(); {
			if time.Now().After(deadline) {
				t.Fatalf("%s: got\n%swant\n%s", name, got, want)
			}
			<-time.After(100 * time.Millisecond)
		}
		golden.Check(t, file, got)
	}
	a.end()
}

// trees are the states of the menu, by name.
func trees(now time.Time) map[string]vaultcore.Snapshot {
	profile := func(name string, state vaultcore.State, change func(*vaultcore.ProfileState)) vaultcore.ProfileState {
		p := vaultcore.ProfileState{Name: name, Account: "111111111111", Source: "bastion", State: state, Region: "eu-central-1"}
		if change != nil {
			change(&p)
		}
		return p
	}
	ends := func(p *vaultcore.ProfileState) {
		p.Expires, p.MFA = now.Add(8*time.Hour), "arn:aws:iam::111111111111:mfa/ann"
	}
	return map[string]vaultcore.Snapshot{
		"sessions": {Profiles: []vaultcore.ProfileState{
			profile("active", vaultcore.StateActive, ends),
			profile("ending", vaultcore.StateEnding, ends),
			profile("idle", vaultcore.StateNone, nil),
			profile("waiting", vaultcore.StateWaiting, nil),
			profile("failed", vaultcore.StateFailed, func(p *vaultcore.ProfileState) { p.Err = "AWS did not answer" }),
			profile("keyless", vaultcore.StateNone, func(p *vaultcore.ProfileState) { p.Source, p.Wants = "", "keyless" }),
		}, Keys: []string{"bastion"}},
		"protected": {Profiles: []vaultcore.ProfileState{
			profile("prod-admin", vaultcore.StateActive, func(p *vaultcore.ProfileState) { ends(p); p.Protected, p.Typed, p.Pinned = true, true, true }),
			profile("staging", vaultcore.StateNone, nil),
		}, Keys: []string{"bastion"}},
		"locked": {Profiles: []vaultcore.ProfileState{profile("prod-admin", vaultcore.StateNone, nil)}, Keys: []string{"bastion"}, Locked: true},
		"sign-in-wanted": {Profiles: []vaultcore.ProfileState{profile("dev", vaultcore.StateNone, func(p *vaultcore.ProfileState) { p.Source, p.SignInName = "", "corp" })},
			SignIns: []vaultcore.SignInState{{Name: "corp", Kind: vaultcore.SSOSource, Profiles: 1, Needed: 2}}},
	}
}
