package sso

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestRefusals: whatever AWS refuses, a program hears of a kind that an exit code
// stands for, the cause in words and what to do, and nothing that AWS quoted.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		action, code string
		kind         error
		cause, hint  string
	}{
		{"RegisterClient", "InvalidRequestException", vaultcore.ErrConfig, "what the config says of corp", "sso_region"},
		{"RegisterClient", "InvalidScopeException", vaultcore.ErrConfig, "a scope of corp", "sso_registration_scopes"},
		{"RegisterClient", "InvalidClientMetadataException", vaultcore.ErrNoAnswer, "corp", ""},
		{"RegisterClient", "InternalServerException", vaultcore.ErrNoAnswer, "out of order", "try again"},
		{"CreateToken", "AccessDeniedException", vaultcore.ErrRefused, "sign-in to corp was refused", "administrator"},
		{"CreateToken", "ExpiredTokenException", vaultcore.ErrRefused, "nobody finished the sign-in to corp in time", "sign in again"},
		{"CreateToken", "InvalidGrantException", vaultcore.ErrRefused, "does not take the sign-in to corp", "clock"},
		{"CreateToken", "InvalidClientException", vaultcore.ErrRefused, "does not take the sign-in to corp", "clock"},
		{"CreateToken", "UnauthorizedClientException", vaultcore.ErrRefused, "does not take the sign-in to corp", "clock"},
		{"CreateToken", "InvalidScopeException", vaultcore.ErrConfig, "a scope of corp", "sso_registration_scopes"},
		{"CreateToken", "UnsupportedGrantTypeException", vaultcore.ErrConfig, "this way to sign in to corp", "sso_registration_scopes"},
		{"CreateToken", "InternalServerException", vaultcore.ErrNoAnswer, "out of order", "try again"},
		{"GetRoleCredentials", "InvalidRequestException", vaultcore.ErrConfig, "what the config says of corp", "sso_region"},
		{"GetRoleCredentials", "UnauthorizedException", vaultcore.ErrRefused, "does not take the sign-in to corp", "clock"},
		{"GetRoleCredentials", "ForbiddenException", vaultcore.ErrRefused, "you have no role Admin in account 111111111111", "name of the permission set"},
		{"GetRoleCredentials", "ResourceNotFoundException", vaultcore.ErrConfig, "no such account or role", "sso_account_id"},
	} {
		t.Run(test.action+" "+test.code, func(t *testing.T) {
			d := newFixture(t)
			d.aws.Fault(awstest.Fault{Action: test.action, Kind: awstest.Refuse(test.code)})
			_, err := d.source().Run(t.Context(), d.step("Admin"), vaultcore.Credentials{})
			if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.cause) || vaultcore.Hint(err) == "" || !strings.Contains(vaultcore.Hint(err), test.hint) {
				t.Errorf("got %v, hint %q; want %v", err, vaultcore.Hint(err), test.kind)
			}
			var reply *Reply
			if !errors.As(err, &reply) || reply.Code != test.code && reply.Status < 500 {
				t.Errorf("AWS's answer is told as %v", reply)
			}
		})
	}
}

// TestNobodyToAsk: where nobody is signed in and nobody can be asked, a program hears
// how a person signs in.
func TestNobodyToAsk(t *testing.T) {
	d := newFixture(t)
	s := d.sourceAt(absent{}, d.person)
	_, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{})
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Error(err)
	}
	golden.Message(t, "", testkit.ErrorText(err))
}

// absent is a person who is not there.
type absent struct{}

func (absent) Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
	return vaultcore.Secret{}, vaultcore.ErrNobodyToAsk
}
