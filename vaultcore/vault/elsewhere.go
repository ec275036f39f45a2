package vault

import (
	"context"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// way says of a step how it reaches AWS, or what it asks in AWS's place, where that
// is not the usual: a sentence each.
func (v *Vault) way(walk *session.Walk, step plan.Step) []string {
	var sentences []string
	if where := step.Elsewhere(); where != "" {
		sentences = append(sentences, "AWS is asked "+where)
	}
	if step.Via.Bundle != "" {
		sentences = append(sentences, "the certificates in "+vaultcore.Printable(step.Via.Bundle)+" are believed in place of the system's")
	}
	if len(sentences) > 0 && len(v.needs(walk)) > 0 {
		sentences = append(sentences, "that is not trusted: the next use asks whether it may")
	}
	return sentences
}

// elsewhere is what is in AWS's place, or on the way there, for whoever asks under
// ctx and for the profiles of their config: a line each.
func (v *Vault) elsewhere(ctx context.Context) []string {
	route, err := v.wantedRoute(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	use := trust.Use{Endpoints: []string{""}, SignIns: []string{""}}
	for _, endpoint := range []string{route.STS, route.IAM} {
		use.Endpoints = add(use.Endpoints, endpoint)
	}
	use.SignIns = add(use.SignIns, route.SignIn)
	if !route.Ignore {
		for _, profile := range v.roster(ctx).Latest(ctx, "").Profiles.All() {
			use.Endpoints = add(use.Endpoints, profile.EndpointURL)
			use.SignIns = add(use.SignIns, profile.SignInURL)
		}
	}
	lists := v.settings.Now().Trust()
	return v.lines(route.Direct(use), use, lists)
}

func add(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// lines are the items of a route, and whether they are trusted.
func (v *Vault) lines(route trust.Route, use trust.Use, lists trust.Lists) []string {
	needs := route.Needs(use, lists, trust.System)
	var lines []string
	for _, item := range route.Needs(use, trust.Lists{}, func(string) bool { return false }) {
		trusted := "trusted"
		if slices.Contains(needs, item) {
			trusted = "not trusted: asked about before it is used"
		}
		lines = append(lines, fmt.Sprintf("%s %s (%s)", what[item.Kind], vaultcore.PrintableUpTo(item.Value, maxItem), trusted))
	}
	return lines
}

// what names the kinds of items.
var what = map[trust.Kind]string{
	trust.OfEndpoint: "endpoint", trust.OfSignIn: "sign-in", trust.OfProxy: "proxy", trust.OfBundle: "certificates in",
}
