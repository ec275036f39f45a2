package notify

import (
	"context"
	"encoding/xml"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"git.sr.ht/~jackmordaunt/go-toast/wintoast"
	"golang.org/x/sys/windows"
)

func TestToastText(t *testing.T) {
	notice := Notice{Key: "k", Title: `prod & "co" ]]></text>`, Body: "3 profiles use it.", Actions: []Action{{ActionRenew, "Renew"}, {ActionLater, "Not now"}}}
	got, err := toastText(notice, `C:\Users\ann\icon.png`, 7)
	if err != nil {
		t.Fatal(err)
	}
	want := `<toast activationType="foreground" launch="7 default" scenario="reminder">
  <visual>
    <binding template="ToastGeneric">
      <image placement="appLogoOverride" src="C:\Users\ann\icon.png"></image>
      <text>prod &amp; &#34;co&#34; ]]&gt;&lt;/text&gt;</text>
      <text>3 profiles use it.</text>
    </binding>
  </visual>
  <actions>
    <action activationType="foreground" content="Renew" arguments="7 renew"></action>
    <action activationType="foreground" content="Not now" arguments="7 later"></action>
  </actions>
  <audio silent="true"></audio>
</toast>`
	if got != want {
		t.Errorf("%s", got)
	}
	for _, notice := range every("a]]>", "<b>", "&\x00\u202e") {
		text, err := toastText(notice, "", 1)
		if err != nil || xml.Unmarshal([]byte(text), new(toast)) != nil || strings.Contains(text, "<actions>") != (len(notice.Actions) > 0) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// TestPressed: Windows calls the class that we registered, with what stands in the toast.
func TestPressed(t *testing.T) {
	n := New()
	if err := n.line.begin(n); err != nil {
		t.Fatal(err)
	}
	pressed := make(chan string, 1)
	notice := Notice{Key: "k", Actions: []Action{{ActionRenew, "Renew"}, {ActionLater, "Not now"}}}
	n.shown["k"] = &showing{notice, number{appName, 3}, func(action string) { pressed <- action }}
	for arguments, want := range map[string]string{"3 later": ActionLater, "3 default": ActionRenew} {
		activate(t, arguments)
		if got := <-pressed; got != want {
			t.Errorf("%s: %q", arguments, got)
		}
	}
	for _, arguments := range []string{"", "later", "4 later", "x later", "-3 later", "4294967299 later"} {
		activate(t, arguments)
	}
	if err := n.Withdraw(context.Background(), "k"); err != nil {
		t.Error(err)
	}
	activate(t, "3 later")
	select {
	case got := <-pressed:
		t.Errorf("nobody's button was %q", got)
	default:
	}
}

// activate is what Windows does when a toast is pressed: INotificationActivationCallback.
func activate(t *testing.T, arguments string) {
	t.Helper()
	id, err := windows.UTF16PtrFromString(appName)
	if err != nil {
		t.Fatal(err)
	}
	text, err := windows.UTF16PtrFromString(arguments)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _ = syscall.SyscallN(wintoast.INotificationActivationCallback_Activate,
		uintptr(unsafe.Pointer(wintoast.NotificationActivationCallback)), uintptr(unsafe.Pointer(id)), uintptr(unsafe.Pointer(text)), 0, 0)
}
