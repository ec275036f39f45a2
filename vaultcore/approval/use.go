package approval

import (
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/login"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/source/webidentity"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// touches is, by kind of step, what carrying one out touches on its way: nothing where it
// asks nobody.
var touches = map[plan.Kind]func(plan.Step) trust.Use{
	sso.Kind: func(s plan.Step) trust.Use {
		return trust.Use{SignIns: []string{s.Endpoint, s.Authority}, Hosts: sso.Hosts(s), Via: s.Via}
	},
	login.Kind: func(s plan.Step) trust.Use {
		return trust.Use{SignIns: []string{s.Endpoint}, Hosts: login.Hosts(s), Via: s.Via}
	},
	webidentity.Kind: touchesSTS,
	plan.Session:     touchesSTS,
	plan.Role:        touchesSTS,
	machine.Kind: func(s plan.Step) trust.Use {
		if machine.Known(s.Endpoint) {
			return trust.Use{}
		}
		return trust.Use{Endpoints: []string{s.Endpoint}, Via: s.Via}
	},
	plan.Key:     touchesIdentity,
	process.Kind: touchesIdentity,
}

func touchesSTS(s plan.Step) trust.Use {
	return trust.Use{Endpoints: []string{s.Endpoint}, Hosts: sts.TargetOf(s).Hosts(), Via: s.Via}
}

// touchesIdentity is of credentials that are there already: AWS is asked whose they are,
// where the config says that.
func touchesIdentity(s plan.Step) trust.Use {
	if s.Region == "" {
		return trust.Use{}
	}
	return touchesSTS(s)
}

// UseOf is what carrying out a plan touches on its way. All steps go by the same way.
func UseOf(p plan.Plan) trust.Use {
	var u trust.Use
	for _, step := range p.Steps {
		of := touches[step.Kind](step)
		for _, endpoint := range of.Endpoints {
			u.Endpoints = add(u.Endpoints, endpoint)
		}
		for _, endpoint := range of.SignIns {
			u.SignIns = add(u.SignIns, endpoint)
		}
		u.Hosts = append(u.Hosts, of.Hosts...)
		if of.Via != (vaultcore.Via{}) {
			u.Via = of.Via
		}
	}
	return u
}

// add adds a text to a list that does not have it yet.
func add(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}
