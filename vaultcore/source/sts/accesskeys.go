package sts

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// AccessKeys makes IAM's calls about the access keys of the user who signs them. It is for
// one piece of work: it remembers how far AWS's clock is from ours.
type AccessKeys struct {
	iam  calls
	with *Client
	at   Target
}

// calls are those of an iam.Client that are made here. In the client's place they keep the
// rest of it out of the program: the linker keeps every method of a type that reflection
// could find, and IAM's 180 are 10 MB.
type calls struct {
	list     call[iam.ListAccessKeysInput, iam.ListAccessKeysOutput]
	lastUsed call[iam.GetAccessKeyLastUsedInput, iam.GetAccessKeyLastUsedOutput]
	create   call[iam.CreateAccessKeyInput, iam.CreateAccessKeyOutput]
	update   call[iam.UpdateAccessKeyInput, iam.UpdateAccessKeyOutput]
	delete   call[iam.DeleteAccessKeyInput, iam.DeleteAccessKeyOutput]
}

type call[In, Out any] func(context.Context, *In, ...func(*iam.Options)) (*Out, error)

// CreateAccessKey is the action of [AccessKeys.Create], as a [Reply] names it.
const CreateAccessKey = "iam:CreateAccessKey"

// AccessKeys returns what asks IAM at a target. It may return: ErrConfig.
func (c *Client) AccessKeys(at Target) (*AccessKeys, error) {
	at.Region = cmp.Or(at.Region, "us-east-1")
	client, err := c.newIAM(at)
	if err != nil {
		return nil, err
	}
	of := calls{client.ListAccessKeys, client.GetAccessKeyLastUsed, client.CreateAccessKey, client.UpdateAccessKey, client.DeleteAccessKey}
	return &AccessKeys{iam: of, with: c, at: at}, nil
}

// Target is where IAM is asked.
func (k *AccessKeys) Target() Target { return k.at }

// do makes a call within the time for one, and words its failure.
func (k *AccessKeys) do(ctx context.Context, action string, signer vaultcore.Credentials, call func(context.Context) error) error {
	within, cancel := context.WithTimeout(ctx, k.with.options.Budget)
	defer cancel()
	err := call(within)
	if err == nil {
		return nil
	}
	return attemptOf(action, plan.Step{Kind: plan.Key}, signer, k.at).fault(ctx, err)
}

func signedBy(key vaultcore.Credentials) func(*iam.Options) {
	return func(o *iam.Options) { o.Credentials = signer(key) }
}

// once has a request sent at most once.
func once(o *iam.Options) { o.Retryer = aws.NopRetryer{} }

// List returns the user's keys, of which there are at most two. It may return:
// ErrRefused, ErrNoAnswer, ErrCanceled.
func (k *AccessKeys) List(ctx context.Context, by vaultcore.Credentials) (keys []vaultcore.AccessKey, err error) {
	err = k.do(ctx, "iam:ListAccessKeys", by, func(ctx context.Context) error {
		out, err := k.iam.list(ctx, &iam.ListAccessKeysInput{}, signedBy(by))
		if err != nil {
			return err
		}
		for _, key := range out.AccessKeyMetadata {
			keys = append(keys, vaultcore.AccessKey{
				ID: aws.ToString(key.AccessKeyId), Inactive: key.Status != types.StatusTypeActive, Created: aws.ToTime(key.CreateDate),
			})
		}
		return nil
	})
	return keys, err
}

// LastUsed adds to a key when it was used last. It may return what List may.
func (k *AccessKeys) LastUsed(ctx context.Context, by vaultcore.Credentials, key vaultcore.AccessKey) (vaultcore.AccessKey, error) {
	err := k.do(ctx, "iam:GetAccessKeyLastUsed", by, func(ctx context.Context) error {
		out, err := k.iam.lastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &key.ID}, signedBy(by))
		if err != nil || out.AccessKeyLastUsed == nil || out.AccessKeyLastUsed.LastUsedDate == nil {
			return err
		}
		used := out.AccessKeyLastUsed
		key.Used, key.UsedFor = *used.LastUsedDate, useOf(used)
		return nil
	})
	return key, err
}

// notKnown is what IAM writes for a service or a region that it does not know.
const notKnown = "N/A"

func useOf(used *types.AccessKeyLastUsed) string {
	service, region := aws.ToString(used.ServiceName), aws.ToString(used.Region)
	switch {
	case service == "" || service == notKnown:
		return ""
	case region == "" || region == notKnown:
		return vaultcore.Printable(service)
	default:
		return vaultcore.Printable(service + " in " + region)
	}
}

// Create has AWS create a key. The request is sent once: CreateAccessKey is not idempotent.
// It may return what List may; whether the key may have been made all the same is told by
// [Reply.Undone].
func (k *AccessKeys) Create(ctx context.Context, by vaultcore.Credentials) (key vaultcore.Credentials, err error) {
	err = k.do(ctx, CreateAccessKey, by, func(ctx context.Context) error {
		out, err := k.iam.create(ctx, &iam.CreateAccessKeyInput{}, signedBy(by), once)
		if err != nil {
			return err
		}
		made := out.AccessKey
		if made == nil || !vaultcore.IsKeyID(aws.ToString(made.AccessKeyId)) || !vaultcore.Visible(aws.ToString(made.SecretAccessKey)) {
			return errNotCredentials
		}
		key = vaultcore.Credentials{AccessKeyID: *made.AccessKeyId, SecretAccessKey: vaultcore.NewSecret(*made.SecretAccessKey), AccountID: by.AccountID}
		return nil
	})
	return key, err
}

// SetActive makes a key active or inactive. It may return what List may; that there is no
// such key is no error of making it inactive.
func (k *AccessKeys) SetActive(ctx context.Context, by vaultcore.Credentials, id string, active bool) error {
	in := &iam.UpdateAccessKeyInput{AccessKeyId: &id, Status: types.StatusTypeInactive}
	if active {
		in.Status = types.StatusTypeActive
	}
	return k.do(ctx, "iam:UpdateAccessKey", by, func(ctx context.Context) error {
		_, err := k.iam.update(ctx, in, signedBy(by))
		if !active {
			return unlessGone(err)
		}
		return err
	})
}

// Delete deletes a key; that there is none is no error. It may return what List may.
func (k *AccessKeys) Delete(ctx context.Context, by vaultcore.Credentials, id string) error {
	return k.do(ctx, "iam:DeleteAccessKey", by, func(ctx context.Context) error {
		_, err := k.iam.delete(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: &id}, signedBy(by))
		return unlessGone(err)
	})
}

// unlessGone is err, but for that what was to go is gone: the answer to an earlier request
// was lost.
func unlessGone(err error) error {
	var gone *types.NoSuchEntityException
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

// Undone says that AWS has certainly not done what was asked for: the request was never
// sent, or AWS itself refused it.
func (r *Reply) Undone() bool { return r.unsent || r.Status/100 == 4 && r.Code != "" }

// UnknownKey says that AWS does not know the key that signed the request: it is inactive or
// deleted, or so new that this endpoint has not heard of it.
func (r *Reply) UnknownKey() bool {
	return r.Status == http.StatusForbidden && (r.Code == "InvalidClientTokenId" || r.Code == "UnrecognizedClientException")
}

// WantsMore says that the credentials may not make the call, as one who has signed in with
// MFA may.
func (r *Reply) WantsMore() bool { return strings.HasPrefix(r.Code, "AccessDenied") }
