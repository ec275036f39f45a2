package testkit

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// The two profiles that most tests use: one with a key and an MFA device, and a
// role above it.
const (
	BaseProfile = "bastion-system"
	RoleProfile = "hoge-system"
	MFADevice   = "arn:aws:iam::111111111111:mfa/ann"

	// Config is an AWS config file with both.
	Config = `[profile bastion-system]
region = ap-northeast-1
mfa_serial = arn:aws:iam::111111111111:mfa/ann
credential_process = vaultbar export --format=json bastion-system

[profile hoge-system]
region = ap-northeast-1
role_arn = arn:aws:iam::222222222222:role/admin
source_profile = bastion-system
`
)

// Key is a long-term key: the one of AWS's documentation.
func Key() vaultcore.Credentials {
	return vaultcore.Credentials{
		AccessKeyID:     "AKIAIOSFODNN7EXAMPLE",
		SecretAccessKey: vaultcore.NewSecret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
	}
}

// Session is what a program gets for a profile: credentials of an hour.
func Session(now time.Time) agent.CredentialsResult {
	return agent.CredentialsResult{
		Credentials: vaultcore.Credentials{
			AccessKeyID:     "ASIAIOSFODNN7EXAMPLE",
			SecretAccessKey: vaultcore.NewSecret("je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"),
			SessionToken:    vaultcore.NewSecret("AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT+FvwqnKwRcOIfrRh3c/LTo6UDdyJwOOvEVPvLXCrrrUtdnniCEXAMPLE=="),
			Expires:         now.Add(time.Hour).UTC().Round(0),
			AccountID:       "222222222222",
		},
		Region: "ap-northeast-1",
	}
}
