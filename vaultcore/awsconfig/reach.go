package awsconfig

import (
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
)

func setSwitch(of func(*vaultcore.Reach) *vaultcore.Switch) func(*vaultcore.Profile, string) string {
	return func(p *vaultcore.Profile, value string) (reason string) {
		*of(&p.Reach), reason = vaultcore.ReadSwitch(value)
		return reason
	}
}

func setAttempts(p *vaultcore.Profile, value string) (reason string) {
	p.Reach.Attempts, reason = vaultcore.ReadAttempts(value)
	return reason
}

// service is one that a profile can name an endpoint of.
type service struct {
	key string // in a section of services
	url func(*vaultcore.Endpoints) *string
	own bool // it takes no address that is meant for all services
}

// services are those that Vaultbar asks. The console's sign-in is handed the session,
// and takes no address that is meant for all services.
var services = []service{
	{"sts", func(e *vaultcore.Endpoints) *string { return &e.STS }, false},
	{"iam", func(e *vaultcore.Endpoints) *string { return &e.IAM }, false},
	{"sso", func(e *vaultcore.Endpoints) *string { return &e.SSO }, false},
	{"sso_oidc", func(e *vaultcore.Endpoints) *string { return &e.OIDC }, false},
	{"signin", func(e *vaultcore.Endpoints) *string { return &e.SignIn }, true},
}

// fillEndpoints finds where services are asked in AWS's place: the endpoint_url under
// each in the section that `services` names, else the profile's own.
func (d *document) fillEndpoints(p *vaultcore.Profile, keys map[string]inifile.Key) error {
	own, err := d.ownServices(p, keys["services"])
	if err != nil {
		return err
	}
	for _, service := range services {
		key := keys["endpoint_url"]
		if service.own {
			key = inifile.Key{}
		}
		for _, nested := range own[service.key].Nested {
			if nested.Name == "endpoint_url" {
				key = nested
			}
		}
		if key.Value == "" {
			continue
		}
		_, reason := aws.Endpoint(key.Value)
		switch {
		case reason == "":
			*service.url(&p.Reach.Endpoints) = key.Value
		case p.Reach.Ignore != vaultcore.On:
			return d.faultAt(key.Line, "endpoint_url of profile %s %s", vaultcore.Printable(p.Name), reason)
		}
	}
	return nil
}

// ownServices are the keys of the section that `services` of a profile names.
func (d *document) ownServices(p *vaultcore.Profile, named inifile.Key) (map[string]inifile.Key, error) {
	if named.Value == "" {
		return nil, nil
	}
	s := d.services[named.Value]
	switch {
	case p.Reach.Ignore == vaultcore.On && (s == nil || s.err != nil):
		return nil, nil // nobody reads it
	case s == nil:
		return nil, d.faultAt(named.Line, "services of profile %s names [services %s], which is not in %s",
			vaultcore.Printable(p.Name), vaultcore.Printable(named.Value), d.file).
			WithHint("correct the name, or add the section")
	case s.err != nil:
		return nil, s.err
	}
	return s.keys, nil
}
