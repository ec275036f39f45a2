package approval

import (
	"cmp"
	"context"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Targets are where STS and IAM are asked about a profile's key, once that is allowed. It
// may return: ErrCanceled, ErrNobodyToAsk, ErrConfig.
func (a *Approver) Targets(ctx context.Context, profile vaultcore.Profile, caller *vaultcore.Caller) (atSTS, atIAM sts.Target, err error) {
	atSTS, atIAM, needs, err := a.WantedTargets(ctx, profile)
	if err != nil {
		return atSTS, atIAM, err
	}
	if _, err := a.permit(ctx, caller, needs); err != nil {
		return atSTS, atIAM, err
	}
	a.Introduce(ctx)
	return atSTS, atIAM, nil
}

// WantedTargets are those targets, and what somebody has to allow before they are asked. It
// may return: ErrConfig.
func (a *Approver) WantedTargets(ctx context.Context, profile vaultcore.Profile) (atSTS, atIAM sts.Target, needs []trust.Item, err error) {
	route, err := a.Route(ctx)
	if err != nil {
		return atSTS, atIAM, nil, err
	}
	route = route.Said(profile.Reach)
	at := sts.Target{Region: cmp.Or(profile.Region, "us-east-1"), Variant: route.Reach.Variant(), Attempts: route.Reach.Attempts, Via: route.Via}
	atSTS, atIAM = at, at
	atSTS.Endpoint, atIAM.Endpoint = route.Reach.Used().STS, route.Reach.Used().IAM
	use := trust.Use{Endpoints: add(add(nil, atSTS.Endpoint), atIAM.Endpoint), Hosts: slices.Concat(atSTS.Hosts(), atIAM.Hosts()), Via: route.Via}
	use.Via = use.Direct()
	atSTS.Via, atIAM.Via = use.Via, use.Via
	return atSTS, atIAM, use.Needs(a.now().Trust(), trust.System), nil
}

// SignIn is where and by which way the console of a plan is signed in to, and what that
// touches. It may return: ErrConfig.
func (a *Approver) SignIn(ctx context.Context, p plan.Plan, region string) (console.Request, trust.Use, error) {
	route, err := a.Route(ctx)
	if err != nil {
		return console.Request{}, trust.Use{}, err
	}
	route = route.Said(p.Reach)
	r := console.Request{Endpoint: route.Reach.Used().SignIn, FIPS: route.Reach.Variant().FIPS}
	use := trust.Use{SignIns: add(nil, r.Endpoint), Via: route.Via}
	if r.Endpoint == "" {
		use.Hosts = console.Hosts(region, r.FIPS)
	}
	use.Via = use.Direct()
	r.Via = use.Via
	return r, use, nil
}
