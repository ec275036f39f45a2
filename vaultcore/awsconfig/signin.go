package awsconfig

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// fillSignIn puts what an [sso-session] says into the profile that names it. A key
// that stands in both must say the same, as AWS's own tools demand.
func (d *document) fillSignIn(p *vaultcore.Profile) error {
	in := &p.Source.SignIn
	if p.Source.Kind != vaultcore.SSOSource {
		*in = vaultcore.SignIn{}
		return nil
	}
	if in.Session != "" {
		s := d.signIns[in.Session]
		if s == nil {
			return d.signInFault(p, "there is no [sso-session %s]", in.Session)
		}
		if s.err != nil {
			return s.err
		}
		for _, key := range []struct {
			name  string
			value *string
		}{{"sso_start_url", &in.StartURL}, {"sso_region", &in.Region}, {"sso_registration_scopes", &in.Scopes}} {
			said := s.keys[key.name].Value
			if *key.value != "" && said != "" && *key.value != said {
				return d.signInFault(p, "its "+key.name+" is not that of [sso-session %s]", in.Session)
			}
			if said != "" {
				*key.value = said
			}
		}
	}
	switch start, err := url.Parse(in.StartURL); {
	case in.StartURL != "" && (err != nil || start.Scheme != "https" || start.Host == "" || start.User != nil):
		return d.signInFault(p, "its sso_start_url is not an https address: %s", in.StartURL)
	case in.Region != "" && !aws.ValidRegion(in.Region):
		return d.signInFault(p, "its sso_region is not a region: %s", in.Region)
	case p.Source.Account != "" && !aws.IsAccount(p.Source.Account):
		return d.signInFault(p, "its sso_account_id is not twelve digits: %s", p.Source.Account)
	}
	return nil
}

// sessions are the sign-ins of all [sso-session]s, whether or not a profile uses them.
func (d *document) sessions() []vaultcore.SignIn {
	var all []vaultcore.SignIn
	for name := range d.signIns {
		p := vaultcore.Profile{Source: vaultcore.Source{Kind: vaultcore.SSOSource, SignIn: vaultcore.SignIn{Session: name}}}
		in := &p.Source.SignIn
		if d.fillSignIn(&p) == nil && in.StartURL != "" && in.Region != "" {
			all = append(all, *in)
		}
	}
	slices.SortFunc(all, func(a, b vaultcore.SignIn) int { return cmp.Compare(a.Session, b.Session) })
	return all
}

func (d *document) signInFault(p *vaultcore.Profile, format, value string) error {
	line := 1
	if s := d.profiles[p.Name]; s != nil {
		line = s.line
	}
	return d.faultAt(line, "profile %s cannot sign in: "+format, vaultcore.Printable(p.Name), vaultcore.Printable(value))
}
