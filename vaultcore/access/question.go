package access

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// handed is what a program would get.
type handed struct {
	thing   string // in words for a list
	what    string // as in "terraform wants …"
	subject string // the question about it, whoever asks
}

func handedBy(use agent.Use) handed {
	profile := vaultcore.Printable(use.Profile)
	switch {
	case use.NoSession:
		return handed{"long-term key", "the long-term key of " + profile, "Let it have the long-term key of " + profile + "?"}
	case use.Name == "login":
		return handed{"console", "to sign in to the console as " + profile, "Let it sign in to the console as " + profile + "?"}
	case use.Name == "serve":
		return handed{"server", "to start a server that hands out credentials of " + profile,
			"Let it start a server that hands out credentials of " + profile + " until you stop it?"}
	case use.Name == "serve-caller":
		return handed{"credentials while it runs", "self-renewing credentials of " + profile,
			"Let it have credentials of " + profile + " for as long as it runs?"}
	default:
		return handed{"credentials", profile, "Let it have credentials of " + profile + "?"}
	}
}

// question is what the person is asked about it.
func (h handed) question(profile, account string, who who, want want, by settings.Protection) vaultcore.Question {
	q := vaultcore.Approval(h.subject, choices(want)...)
	q.Asker = who.shown
	q.Wants = &vaultcore.Wanted{What: h.what, Protected: by.Asks(), Way: way(who), Account: account}
	if by == settings.Typed {
		q.Wants.Confirm = profile
	}
	return q
}

// choices are what the person can allow: one that cannot be told from others only
// once.
func choices(w want) []vaultcore.Choice {
	all := []vaultcore.Choice{{ID: "no", Label: "Deny"}, {ID: string(once), Label: "Once"}}
	if _, ok := w.asker(); ok {
		all = append(all, vaultcore.Choice{ID: string(hour), Label: "For 1 hour"}, vaultcore.Choice{ID: string(whileThere), Label: "While this runs"})
	}
	return all
}

// maxWay is how many programs are shown of those that lead to one.
const maxWay = 6

// way names the programs that lead to the one that asks, from the agent on, else from
// the shell of its terminal on. It is empty where that is one program.
func way(who who) string {
	last := who.chain.Asker()
	if last < 0 {
		return ""
	}
	first := who.at
	if first <= last {
		first = last + slices.IndexFunc(who.chain[last:], func(p vaultcore.Process) bool { return p.Leads })
	}
	var names []string
	for i := first; i >= last; i-- {
		if p := who.chain[i]; !p.Messenger && p.Program != "" {
			names = append(names, vaultcore.Printable(p.Program))
		}
	}
	switch {
	case len(names) < 2:
		return ""
	case len(names) > maxWay:
		names = slices.Concat(names[:1], []string{"…"}, names[len(names)-maxWay+2:])
	}
	return strings.Join(names, " → ")
}

// denied is the failure of a program that was not allowed what it wants: it says who
// denied it, and how the person is asked again.
func denied(err error, program, what string) error {
	switch {
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "there is nobody to approve this: %s wants %s", program, what).
			WithHint("answer on the desktop, or run it in a terminal of your own")
	case !errors.Is(err, vaultcore.ErrCanceled):
		return err
	}
	by := "you denied it"
	switch {
	case errors.Is(err, vaultcore.ErrUnanswered):
		by = "nobody answered the question"
	case errors.Is(err, vaultcore.ErrPaused):
		by = "you denied something a moment ago, and are not asked again yet"
	}
	return &vaultcore.Fault{
		Kind: vaultcore.ErrCanceled, Cause: err, Message: by + ": " + program + " wants " + what,
		Hint: cmp.Or(vaultcore.Hint(err), "run it again: in your own terminal you are asked at once, elsewhere after 30 s"),
	}
}
