package notify

import (
	"context"
	"encoding/xml"
	"strconv"
	"strings"

	"git.sr.ht/~jackmordaunt/go-toast/wintoast"
)

// service shows toasts, which have buttons. A Windows without them shows notices by the
// library's plain way. Its fields are guarded by the notifier's turn.
type service struct {
	begun bool
	last  uint32
}

// activator is the class that Windows calls when a toast is pressed.
const activator = "{6E1B7C3E-5B0D-4C0F-9B5A-1D6A7A0C4B52}"

func (s *service) show(ctx context.Context, n *Notifier, notice Notice, _ number) (number, error) {
	if err := s.begin(n); err != nil {
		return number{}, err
	}
	s.last++
	given := number{appName, s.last}
	text, err := toastText(notice, n.IconFile, given.id)
	if err != nil {
		return number{}, err
	}
	if inTime(ctx, func() error { return wintoast.Push(text) }) == nil {
		return given, nil
	}
	return number{}, plainly(ctx, notice.Title, notice.Body, n.IconFile)
}

// begin says once who we are, and listens for what is pressed.
func (s *service) begin(n *Notifier) error {
	if s.begun {
		return nil
	}
	wintoast.SetActivationCallback(func(_, pressed string, _ []wintoast.UserData) {
		if what, action, ok := readPressed(pressed); ok {
			n.pressed(what, action)
		}
	})
	err := wintoast.SetAppData(wintoast.AppData{AppID: appName, GUID: activator, IconPath: n.IconFile})
	s.begun = err == nil
	return err
}

// close leaves a toast in the list of what was shown: the library takes none back. What is
// pressed there is nobody's by then.
func (*service) close(context.Context, number) error { return nil }

func (*service) hangUp() {}

// toast is a toast in Windows' words. (Microsoft's "Toast content schema".)
type toast struct {
	XMLName  xml.Name      `xml:"toast"`
	Type     string        `xml:"activationType,attr"`
	Launch   string        `xml:"launch,attr"`
	Scenario string        `xml:"scenario,attr,omitempty"`
	Binding  binding       `xml:"visual>binding"`
	Actions  *toastActions `xml:"actions"`
	Audio    struct {
		Silent bool `xml:"silent,attr"`
	} `xml:"audio"`
}

type binding struct {
	Template string      `xml:"template,attr"`
	Image    *toastImage `xml:"image"`
	Text     []string    `xml:"text"`
}

type toastImage struct {
	Placement string `xml:"placement,attr"`
	Source    string `xml:"src,attr"`
}

type toastActions struct {
	All []toastAction `xml:"action"`
}

type toastAction struct {
	Type      string `xml:"activationType,attr"`
	Content   string `xml:"content,attr"`
	Arguments string `xml:"arguments,attr"`
}

// foreground has Windows call the program that runs.
const foreground = "foreground"

// toastText is a notice as a toast, which stays on the screen while something can be done
// about it. What Windows says when it is pressed is the notice's number and the action's key.
func toastText(notice Notice, icon string, id uint32) (string, error) {
	t := toast{Type: foreground, Launch: written(id, defaultAction), Binding: binding{Template: "ToastGeneric", Text: []string{notice.Title}}}
	t.Audio.Silent = true
	if icon != "" {
		t.Binding.Image = &toastImage{"appLogoOverride", icon}
	}
	if notice.Body != "" {
		t.Binding.Text = append(t.Binding.Text, notice.Body)
	}
	if len(notice.Actions) > 0 {
		t.Scenario, t.Actions = "reminder", new(toastActions)
	}
	for _, action := range notice.Actions {
		t.Actions.All = append(t.Actions.All, toastAction{foreground, action.Label, written(id, action.Key)})
	}
	text, err := xml.MarshalIndent(t, "", "  ")
	return string(text), err
}

func written(id uint32, action string) string {
	return strconv.FormatUint(uint64(id), 10) + " " + action
}

// readPressed reads what was written.
func readPressed(text string) (what number, action string, ok bool) {
	digits, action, ok := strings.Cut(text, " ")
	id, err := strconv.ParseUint(digits, 10, 32)
	return number{appName, uint32(id)}, action, ok && err == nil
}
