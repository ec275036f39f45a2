package approval

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Way says of a step of a plan how it reaches AWS, or what it asks in AWS's place, where that
// is not the usual: a sentence each.
func (a *Approver) Way(p plan.Plan, step plan.Step) []string {
	var sentences []string
	if where := step.Elsewhere(); where != "" {
		sentences = append(sentences, "requests go "+where)
	}
	if step.Via.Bundle != "" {
		sentences = append(sentences, "the certificates in "+vaultcore.Printable(step.Via.Bundle)+" are trusted instead of the system's")
	}
	if len(sentences) > 0 && len(a.Needs(p)) > 0 {
		sentences = append(sentences, "that is not trusted yet: the next use asks you first")
	}
	return sentences
}

// Elsewhere is what is in AWS's place, or on the way there, for whoever asks under ctx and
// for the profiles of their config: a line each.
func (a *Approver) Elsewhere(ctx context.Context, profiles []vaultcore.Profile) []string {
	route, err := a.Route(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	reached := []vaultcore.Reach{route.Reach}
	for _, profile := range profiles {
		if profile.Err == nil {
			reached = append(reached, route.Reach.Or(profile.Reach))
		}
	}
	lists := a.now().Trust()
	use := trust.Use{Hosts: slices.Concat(sts.Target{Region: "us-east-1"}.Hosts(), console.Hosts("us-east-1", false)), Via: route.Said(vaultcore.Reach{}).Via}
	bundles := []string{use.Via.Bundle}
	for _, r := range reached {
		e := r.Used()
		for _, endpoint := range []string{e.STS, e.IAM} {
			use.Endpoints = add(use.Endpoints, endpoint)
		}
		for _, endpoint := range []string{e.SSO, e.OIDC, e.SignIn} {
			use.SignIns = add(use.SignIns, endpoint)
		}
		bundles = add(bundles, r.Bundle)
	}
	use.Via = use.Direct()
	lines := use.Lines(lists)
	for _, bundle := range bundles[1:] {
		lines = append(lines, trust.Use{Hosts: use.Hosts, Via: vaultcore.Via{Bundle: bundle}}.Lines(lists)...)
	}
	return append(lines, variants(reached)...)
}

// variants says how many profiles ask which of AWS's own endpoints, where those are not
// the usual ones. The first of all is what the environment says by itself.
func variants(reached []vaultcore.Reach) []string {
	count := make(map[string]int)
	for _, r := range reached[1:] {
		if variant := r.Variant().String(); variant != "" {
			count[variant]++
		}
	}
	var lines []string
	for _, variant := range slices.Sorted(maps.Keys(count)) {
		lines = append(lines, fmt.Sprintf("AWS's %s endpoints (profiles: %d)", variant, count[variant]))
	}
	return lines
}
