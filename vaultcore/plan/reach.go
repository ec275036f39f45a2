package plan

import (
	"cmp"
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// endpoints are asked in AWS's place for a step of a profile in the chain: those that
// the environment names, the profile, or the base. Whoever ignores them ignores all, as
// in AWS's own tools.
func (c chain) endpoints(o Options, p vaultcore.Profile) vaultcore.Endpoints {
	said := o.Reach.Or(p.Reach)
	if said.Ignore == vaultcore.On {
		return vaultcore.Endpoints{}
	}
	return said.Endpoints.Or(o.Reach.Or(c.base.Reach).Used())
}

// reached fills in how a step reaches AWS. One answer serves the whole chain: that of the
// environment, else of the profile that was asked for, as in AWS's own tools, else of the
// first below it that says anything. An endpoint in AWS's place has no variants.
func (s Step) reached(c chain, o Options) Step {
	said := o.Reach.Or(c.reach)
	s.Via, s.Attempts, s.Variant = o.Via, said.Attempts, said.Variant()
	s.Via.Bundle = cmp.Or(said.Bundle, o.Via.Bundle)
	if !s.ownHosts() && s.Variant != (vaultcore.Variant{}) {
		s.Reasons = append(s.Reasons, fmt.Sprintf("AWS's %s endpoints are not used: requests go to %s instead", s.Variant, shown(s.Endpoint)))
	}
	return s
}

// ownHosts says whether the step asks any host of AWS's own.
func (s Step) ownHosts() bool {
	return s.Endpoint == "" || s.Kind == Kind(vaultcore.SSOSource) && s.Authority == ""
}
