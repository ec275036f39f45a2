package sso

import (
	"context"
	"errors"
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
	}{
		{"RegisterClient", "InvalidRequestException", vaultcore.ErrConfig},
		{"RegisterClient", "InvalidScopeException", vaultcore.ErrConfig},
		{"RegisterClient", "InvalidClientMetadataException", vaultcore.ErrNoAnswer},
		{"RegisterClient", "InternalServerException", vaultcore.ErrNoAnswer},
		{"CreateToken", "AccessDeniedException", vaultcore.ErrRefused},
		{"CreateToken", "ExpiredTokenException", vaultcore.ErrRefused},
		{"CreateToken", "InvalidGrantException", vaultcore.ErrRefused},
		{"CreateToken", "InvalidClientException", vaultcore.ErrRefused},
		{"CreateToken", "UnauthorizedClientException", vaultcore.ErrRefused},
		{"CreateToken", "InvalidScopeException", vaultcore.ErrConfig},
		{"CreateToken", "UnsupportedGrantTypeException", vaultcore.ErrConfig},
		{"CreateToken", "InternalServerException", vaultcore.ErrNoAnswer},
		{"GetRoleCredentials", "InvalidRequestException", vaultcore.ErrConfig},
		{"GetRoleCredentials", "UnauthorizedException", vaultcore.ErrRefused},
		{"GetRoleCredentials", "ForbiddenException", vaultcore.ErrRefused},
		{"GetRoleCredentials", "ResourceNotFoundException", vaultcore.ErrConfig},
	} {
		t.Run(test.action+" "+test.code, func(t *testing.T) {
			d := newFixture(t)
			d.aws.Fault(awstest.Fault{Action: test.action, Kind: awstest.Refuse(test.code)})
			_, err := d.source().Run(t.Context(), d.step("Admin"), vaultcore.Credentials{})
			if !errors.Is(err, test.kind) || vaultcore.Hint(err) == "" {
				t.Errorf("got %v, hint %q; want %v", err, vaultcore.Hint(err), test.kind)
			}
			golden.Message(t, "", testkit.ErrorText(err))
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
