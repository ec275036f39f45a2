package sso

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// What AWS lists at once at most, and how many pages are taken before the list is
// believed to have no end.
const (
	maxPage  = 100
	maxPages = 1000
)

// roleShape is that of the name of a permission set.
// Source: Identity Center API, CreatePermissionSet.
var roleShape = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)

// once leaves trying again to [pace].
func once(o *sso.Options) { o.Retryer = aws.NopRetryer{} }

// Accounts lists the accounts that a person reaches, by their ids and without roles,
// at the pace that AWS bears. Entries that no account could have are left out. It may
// return: what [Portal.Credentials] returns.
func (p *Portal) Accounts(ctx context.Context, access vaultcore.Secret) ([]vaultcore.Account, error) {
	var all []vaultcore.Account
	err := p.pages(ctx, "sso:ListAccounts", func(next *string) (*string, error) {
		out, err := p.client.ListAccounts(ctx, &sso.ListAccountsInput{
			AccessToken: aws.String(access.Reveal()), MaxResults: aws.Int32(maxPage), NextToken: next,
		}, once)
		if err != nil {
			return nil, err
		}
		for _, a := range out.AccountList {
			if id := aws.ToString(a.AccountId); vaultaws.IsAccount(id) {
				all = append(all, vaultcore.Account{
					ID: id, Name: vaultcore.Printable(aws.ToString(a.AccountName)), Email: vaultcore.Printable(aws.ToString(a.EmailAddress)),
				})
			}
		}
		return out.NextToken, nil
	})
	slices.SortStableFunc(all, func(a, b vaultcore.Account) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(all, func(a, b vaultcore.Account) bool { return a.ID == b.ID }), err
}

// Roles lists the roles that a person has in an account, sorted; none in one that they
// do not reach. It may return: what [Portal.Credentials] returns.
func (p *Portal) Roles(ctx context.Context, access vaultcore.Secret, account string) ([]string, error) {
	all := []string{}
	err := p.pages(ctx, "sso:ListAccountRoles", func(next *string) (*string, error) {
		out, err := p.client.ListAccountRoles(ctx, &sso.ListAccountRolesInput{
			AccessToken: aws.String(access.Reveal()), AccountId: &account, MaxResults: aws.Int32(maxPage), NextToken: next,
		}, once)
		switch {
		case isCode(err, "ForbiddenException"), isCode(err, "ResourceNotFoundException"):
			return nil, nil // it was taken away since the accounts were listed
		case err != nil:
			return nil, err
		}
		for _, r := range out.RoleList {
			if name := aws.ToString(r.RoleName); roleShape.MatchString(name) {
				all = append(all, name)
			}
		}
		return out.NextToken, nil
	})
	slices.Sort(all)
	return slices.Compact(all), err
}

// pages asks for one page after the other, until there is no next one.
func (p *Portal) pages(ctx context.Context, action string, page func(next *string) (*string, error)) error {
	var next *string
	for range maxPages {
		err := p.pace.paced(ctx, 0, func() error {
			following, err := page(next)
			if err != nil {
				return p.fault(ctx, action, err)
			}
			next = following
			return nil
		})
		if err != nil || aws.ToString(next) == "" {
			return err
		}
	}
	return p.fault(ctx, action, errEndless)
}

// Accounts lists what a person reaches by the sign-in of a step, after a sign-in where
// there is none: see [Portal.Accounts]. It may return: what [Source.Run] returns.
func (s *Source) Accounts(ctx context.Context, step plan.Step) (all []vaultcore.Account, err error) {
	err = s.bearing(ctx, step, func(portal *Portal, access vaultcore.Secret) error {
		all, err = portal.Accounts(ctx, access)
		return err
	})
	return all, err
}

// Roles lists the roles that a person has in an account: see [Portal.Roles]. It may
// return: what [Source.Run] returns.
func (s *Source) Roles(ctx context.Context, step plan.Step, account string) (all []string, err error) {
	err = s.bearing(ctx, step, func(portal *Portal, access vaultcore.Secret) error {
		all, err = portal.Roles(ctx, access, account)
		return err
	})
	return all, err
}
