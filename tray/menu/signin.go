package menu

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The kinds of action of the rows below.
const (
	SignIn      Kind = "sign-in"       // sign in to SignIn
	SignInAgain Kind = "sign-in-again" // end that sign-in at AWS, so that a new one lasts its whole time, and sign in
	SignOut     Kind = "sign-out"      // sign out of SignIn
)

// signIns are the rows of the sign-ins that profiles use, in the order of the config
// file. Where there are too many, those stay that somebody waits for or is signed in
// to.
func (v *view) signIns() []Item {
	shown := make([]*vaultcore.SignInState, 0, len(v.snap.SignIns))
	for i := range v.snap.SignIns {
		shown = append(shown, &v.snap.SignIns[i])
	}
	for i := len(shown) - 1; i >= 0 && len(shown) > maxSignIns; i-- {
		if shown[i].Needed == 0 && !v.signedIn(shown[i]) {
			shown = slices.Delete(shown, i, i+1)
		}
	}
	items := make([]Item, 0, maxSignIns)
	for i := range maxSignIns {
		if i < len(shown) {
			items = append(items, v.signIn(i, shown[i]))
			continue
		}
		items = append(items, v.signIn(i, nil))
	}
	return items
}

// signIn is the row of a sign-in and its submenu. With nil it is the same row, hidden.
func (v *view) signIn(place int, in *vaultcore.SignInState) Item {
	item := Item{Key: "sign-in." + strconv.Itoa(place), Enabled: true, Hidden: in == nil}
	if in == nil {
		in = &vaultcore.SignInState{}
	} else {
		item.Title = signInName(in.Name) + " (sign-in)   " + v.standing(in)
	}
	open, signedIn := !v.snap.Locked, v.signedIn(in)
	again := Item{Key: "in", Title: "Sign in", Enabled: open, Action: Action{Kind: SignIn, SignIn: in.Name}}
	if signedIn {
		again.Title, again.Action.Kind = "Sign in again", SignInAgain
	}
	item.Children = []Item{
		line("since", v.since(in)), line("ends", v.signInEnds(in)), line("token", v.token(in)), line("users", users(in)),
		{Key: "line", Separator: true},
		again,
		{Key: "out", Title: "Sign out", Enabled: open && signedIn, Action: Action{Kind: SignOut, SignIn: in.Name}},
	}
	for i := range item.Children {
		item.Children[i].Key = item.Key + "." + item.Children[i].Key
	}
	return item
}

// signInName is the shown name of a sign-in, which may be an address.
func signInName(name string) string { return short(strings.TrimPrefix(name, "https://")) }

// line is a gray row, which is not shown when it has nothing to say.
func line(key, title string) Item { return Item{Key: key, Title: title, Hidden: title == ""} }

// signedIn says whether AWS is expected to take a sign-in still.
func (v *view) signedIn(in *vaultcore.SignInState) bool { return in.Lives(v.clock.now) }

// standing is how a sign-in stands, in a word or two.
func (v *view) standing(in *vaultcore.SignInState) string {
	switch {
	case in.Needed > 0:
		return waiting(in.Needed)
	case v.signedIn(in):
		return "signed in"
	default:
		return "not signed in"
	}
}

// since says when the person signed in.
func (v *view) since(in *vaultcore.SignInState) string {
	switch {
	case !v.signedIn(in):
		return ""
	case in.SignedIn.IsZero():
		return "Signed in"
	default:
		text := "Signed in " + v.clock.ago(in.SignedIn)
		if in.Tool != "" {
			text += " with " + in.Tool
		}
		return text
	}
}

// signInEnds says when AWS is expected to ask for a new sign-in.
func (v *view) signInEnds(in *vaultcore.SignInState) string {
	if !v.signedIn(in) || !v.clock.alive(in.Ends) {
		return ""
	}
	v.clock.changes(in.Ends.Round(0))
	return "Ends about " + v.clock.at(in.Ends)
}

// token says when the access token ends, which is not the sign-in.
func (v *view) token(in *vaultcore.SignInState) string {
	switch {
	case !v.signedIn(in):
		return ""
	case !v.clock.alive(in.Expires):
		return "Access token renews when it is used"
	}
	v.clock.changes(in.Expires.Round(0))
	text := "Access token ends at " + v.clock.at(in.Expires)
	if in.Renews {
		return text + "; renews automatically"
	}
	return text + "; does not renew"
}

// users says how many profiles use a sign-in.
func users(in *vaultcore.SignInState) string {
	if in.Profiles == 1 {
		return "1 profile uses it"
	}
	return strconv.Itoa(in.Profiles) + " profiles use it"
}

// wanted is the sign-in that most profiles wait for; nil when none waits.
func (v *view) wanted() *vaultcore.SignInState {
	var most *vaultcore.SignInState
	for i := range v.snap.SignIns {
		if in := &v.snap.SignIns[i]; in.Needed > 0 && (most == nil || in.Needed > most.Needed) {
			most = in
		}
	}
	return most
}

// asksToSignIn says whether all that is asked is whether to sign in: a click on that
// is the answer. A question with an address is of somebody who is at it.
func (v *view) asksToSignIn() bool {
	return len(v.snap.Asking) == 1 && v.snap.Asking[0].SignIn != "" && v.snap.Asking[0].Address == ""
}

// askers counts the profiles that a question is for.
func askers(q vaultcore.Question) int {
	profiles := make(map[string]bool)
	for _, caller := range q.Waiting {
		profiles[caller.Profile] = true
	}
	return len(profiles)
}

// signInNow is the row that signs in to what so many profiles wait for.
func signInNow(name string, profiles int) (title string, a Action) {
	return "▲ Sign in to " + signInName(name) + " – " + waiting(profiles), Action{Kind: SignIn, SignIn: name}
}

// waiting says how many profiles wait.
func waiting(profiles int) string {
	if profiles == 1 {
		return "1 profile waits"
	}
	return strconv.Itoa(profiles) + " profiles wait"
}
