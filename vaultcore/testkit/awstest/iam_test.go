package awstest

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestAUsersOwnKeys(t *testing.T) {
	w := newSmall(t, Trust{})
	client := ofKey(w.key).iam(w.srv)
	made, err := client.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	second := creds{*made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey, ""}
	who(t, w.srv, second)
	_, err = client.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{})
	wantRefusal(t, err, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")

	_, err = client.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &second.id, Status: iamtypes.StatusTypeInactive})
	if err != nil {
		t.Fatal(err)
	}
	_, err = second.iam(w.srv).GetUser(t.Context(), &iam.GetUserInput{})
	wantRefusal(t, err, 403, "InvalidClientTokenId", noToken)
	list, err := client.ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: aws.String("ann")})
	if err != nil || len(list.AccessKeyMetadata) != 2 || list.AccessKeyMetadata[1].Status != iamtypes.StatusTypeInactive {
		t.Fatalf("list: %+v, %v", list, err)
	}
	_, err = client.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &second.id, Status: "Off"})
	wantRefusal(t, err, 400, "ValidationError", "1 validation error detected: Value 'Off' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")

	if _, err = client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &second.id}); err != nil {
		t.Fatal(err)
	}
	_, err = client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &second.id})
	wantRefusal(t, err, 404, "NoSuchEntity", "The Access Key with id "+second.id+" cannot be found.")
	used, err := client.GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String(w.key.ID())})
	if err != nil || *used.UserName != "ann" || *used.AccessKeyLastUsed.ServiceName != "iam" {
		t.Errorf("last use: %+v, %v", used, err)
	}
}

func TestMFADevicesAreListed(t *testing.T) {
	w := newSmall(t, Trust{})
	fido := w.ann.NewFIDO()
	out, err := ofKey(w.key).iam(w.srv).ListMFADevices(t.Context(), &iam.ListMFADevicesInput{})
	if err != nil || len(out.MFADevices) != 2 {
		t.Fatal(out, err)
	}
	if got := *out.MFADevices[0].SerialNumber; got != "arn:aws:iam::111111111111:mfa/ann" {
		t.Errorf("TOTP device %s", got)
	}
	if got := *out.MFADevices[1].SerialNumber; got != fido.Serial() || !strings.HasPrefix(got, "arn:aws:iam::111111111111:u2f/user/ann/") {
		t.Errorf("FIDO key %s", got)
	}
}

func TestIAMRefusals(t *testing.T) {
	w := newSmall(t, Trust{})
	w.account.User("bob")
	assumed, err := w.assume(t, ofKey(w.key), nil)
	if err != nil {
		t.Fatal(err)
	}
	const barred = "The security token included in the request is invalid"
	cases := map[string]struct {
		as      creds
		user    *string
		status  int
		code    string
		message string
	}{
		"session without MFA": {w.mustSession(t, ""), nil, 403, "InvalidClientTokenId", barred},
		"session with MFA":    {w.mustSession(t, w.device.FreshCode()), nil, 0, "", ""},
		"role, no name":       {ofSession(assumed.Credentials), nil, 400, "ValidationError", "Must specify userName when calling with non-User credentials"},
		"role":                {ofSession(assumed.Credentials), aws.String("ann"), 403, "AccessDenied", "User: arn:aws:sts::111111111111:assumed-role/admin/test is not authorized to perform: iam:GetUser on resource: user ann because no identity-based policy allows the iam:GetUser action"},
		"other user":          {ofKey(w.key), aws.String("bob"), 403, "AccessDenied", "User: " + w.ann.ARN() + " is not authorized to perform: iam:GetUser on resource: user bob because no identity-based policy allows the iam:GetUser action"},
		"root, other user":    {ofKey(w.account.Root().NewKey()), aws.String("bob"), 0, "", ""},
		"root, no such user":  {ofKey(w.account.Root().NewKey()), aws.String("eve"), 404, "NoSuchEntity", "The user with name eve cannot be found."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.as.iam(w.srv).GetUser(t.Context(), &iam.GetUserInput{UserName: c.user})
			if c.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantRefusal(t, err, c.status, c.code, c.message)
		})
	}
}

func TestDeniedIAM(t *testing.T) {
	w := newSmall(t, Trust{})
	w.ann.DenyAllWithoutMFA()
	client := ofKey(w.key).iam(w.srv)
	if _, err := client.ListMFADevices(t.Context(), &iam.ListMFADevicesInput{}); err != nil {
		t.Errorf("what is needed to use MFA: %v", err)
	}
	_, err := client.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{})
	wantRefusal(t, err, 403, "AccessDenied", "User: "+w.ann.ARN()+" is not authorized to perform: iam:CreateAccessKey on resource: user ann with an explicit deny in an identity-based policy")
	w.ann.Deny("iam:ListMFADevices")
	_, err = w.mustSession(t, w.device.FreshCode()).iam(w.srv).ListMFADevices(t.Context(), &iam.ListMFADevicesInput{})
	wantRefusal(t, err, 403, "AccessDenied", "User: "+w.ann.ARN()+" is not authorized to perform: iam:ListMFADevices on resource: user ann with an explicit deny in an identity-based policy")
}

// TestNewKeysSettle holds that a new key may be refused at first, and then again.
func TestNewKeysSettle(t *testing.T) {
	w := newSmall(t, Trust{})
	w.srv.PropagateKeys(false, true, false)
	made, err := ofKey(w.key).iam(w.srv).CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	second := creds{*made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey, ""}
	for i, known := range []bool{false, true, false, true, true} {
		_, err := second.iam(w.srv).GetUser(t.Context(), &iam.GetUserInput{})
		if known {
			if err != nil {
				t.Errorf("request %d: %v", i, err)
			}
			continue
		}
		wantRefusal(t, err, 403, "InvalidClientTokenId", noToken)
	}
	if ids, active := w.ann.Keys(); len(ids) != 2 || ids[1] != second.id || !active[second.id] {
		t.Errorf("the keys are %q, active %v", ids, active)
	}
}
