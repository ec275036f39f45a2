package vaultcore

import (
	"cmp"
	"strconv"
	"strings"
)

// Switch is a setting that is on, off, or not given.
type Switch string

// The values of a [Switch], beside "".
const (
	On  Switch = "true"
	Off Switch = "false"
)

// Endpoints are the addresses of services that are asked in place of AWS's own; empty
// for AWS's own.
type Endpoints struct {
	STS    string
	IAM    string
	SSO    string // the portal of IAM Identity Center, which gives the credentials of roles
	OIDC   string // the service that signs people in to IAM Identity Center
	SignIn string // the console's sign-in, and that of aws login
}

// Or is e, with what other says where e says nothing.
func (e Endpoints) Or(other Endpoints) Endpoints {
	return Endpoints{
		STS: cmp.Or(e.STS, other.STS), IAM: cmp.Or(e.IAM, other.IAM),
		SSO: cmp.Or(e.SSO, other.SSO), OIDC: cmp.Or(e.OIDC, other.OIDC), SignIn: cmp.Or(e.SignIn, other.SignIn),
	}
}

// Reach is how AWS is reached, as a profile or a program's environment says it. It can
// be compared; the zero Reach says nothing.
//
// Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints",
// "Dual-stack and FIPS endpoints", "Retry behavior", "ca_bundle".
type Reach struct {
	Endpoints Endpoints
	Ignore    Switch // ignore_configured_endpoint_urls: no endpoint is used, whoever says it
	FIPS      Switch // use_fips_endpoint
	DualStack Switch // use_dualstack_endpoint
	Bundle    string // ca_bundle, or AWS_CA_BUNDLE
	Attempts  int    // max_attempts, all in all; 0 when not given
}

// Or is r, with what other says where r says nothing: the environment goes before the
// profile.
func (r Reach) Or(other Reach) Reach {
	return Reach{
		Endpoints: r.Endpoints.Or(other.Endpoints), Ignore: cmp.Or(r.Ignore, other.Ignore),
		FIPS: cmp.Or(r.FIPS, other.FIPS), DualStack: cmp.Or(r.DualStack, other.DualStack),
		Bundle: cmp.Or(r.Bundle, other.Bundle), Attempts: cmp.Or(r.Attempts, other.Attempts),
	}
}

// Used are the endpoints that are asked: none where they are ignored.
func (r Reach) Used() Endpoints {
	if r.Ignore == On {
		return Endpoints{}
	}
	return r.Endpoints
}

// Variant is which of AWS's own hosts are asked.
func (r Reach) Variant() Variant { return Variant{FIPS: r.FIPS == On, DualStack: r.DualStack == On} }

// Variant is which of AWS's own hosts of a service are asked: the zero Variant stands for
// the usual ones. Endpoints in their place know no variants.
type Variant struct {
	FIPS      bool // those whose cryptography is validated by FIPS 140
	DualStack bool // those that are reached by IPv6 too
}

// String is empty for the usual hosts, else "FIPS", "dual-stack" or "dual-stack FIPS".
func (v Variant) String() string {
	switch {
	case v.FIPS && v.DualStack:
		return "dual-stack FIPS"
	case v.FIPS:
		return "FIPS"
	case v.DualStack:
		return "dual-stack"
	default:
		return ""
	}
}

// ReadSwitch reads a switch as AWS's own tools do, or says why it is none: on the
// sentence "KEY …".
func ReadSwitch(text string) (value Switch, reason string) {
	if value = Switch(strings.ToLower(text)); value == On || value == Off {
		return value, ""
	}
	return "", "is neither true nor false"
}

// ReadAttempts reads how often a request may be sent, or says why it is no number; 0
// stands for what is usual.
func ReadAttempts(text string) (attempts int, reason string) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, "is not a number of attempts, such as 3"
	}
	return n, ""
}
