package sts_test

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// ofIAM asks the world's IAM about access keys.
func (w *world) ofIAM(t *testing.T) *sts.AccessKeys {
	t.Helper()
	keys, err := w.client().AccessKeys(w.at(region))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestAccessKeys is the life of a second key.
func TestAccessKeys(t *testing.T) {
	w := newWorld(t)
	iam, by := w.ofIAM(t), w.key.Credentials()
	made, err := iam.Create(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := w.client().WhoIs(t.Context(), w.at(region), made); err != nil || id.User != "ann" || made.AccountID != by.AccountID {
		t.Errorf("the new key is of %+v: %v", id, err)
	}
	_, err = iam.Create(t.Context(), by)
	checkFault(t, err, vaultcore.ErrRefused, "a third key")
	if err := iam.SetActive(t.Context(), by, w.key.ID(), true); err != nil {
		t.Error(err)
	}
	if err := iam.SetActive(t.Context(), by, made.AccessKeyID, false); err != nil {
		t.Error(err)
	}
	list, err := iam.List(t.Context(), by)
	if err != nil || len(list) != 2 || list[0].Inactive || !list[1].Inactive || list[0].ID != w.key.ID() || list[0].Created.IsZero() {
		t.Fatalf("%+v, %v", list, err)
	}
	if used, err := iam.LastUsed(t.Context(), by, list[0]); err != nil || used.Used.IsZero() || used.UsedFor != "iam in "+region {
		t.Errorf("%+v, %v", used, err)
	}
	for range 2 { // the second time it is gone
		if err := errors.Join(iam.Delete(t.Context(), by, made.AccessKeyID)); err != nil {
			t.Error(err)
		}
	}
	if err := iam.SetActive(t.Context(), by, made.AccessKeyID, false); err != nil {
		t.Error(err)
	}
	checkFault(t, iam.SetActive(t.Context(), by, made.AccessKeyID, true), vaultcore.ErrRefused, "a key that is gone")
}

// TestAKeyIsCreatedOnce holds that CreateAccessKey is sent once, whatever becomes of it,
// and that it is said whether a key may have come of it.
func TestAKeyIsCreatedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		kind   awstest.Kind
		undone bool
	}{
		"500": {awstest.Status(500), false}, "503": {awstest.Status(503), false}, "throttled": {awstest.Throttle, true},
		"dropped": {awstest.Drop, false}, "dropped in the reply": {awstest.DropMidBody, false}, "unreadable": {awstest.BadXML, false},
		"refused": {awstest.Refuse("AccessDenied"), true}, "page": {awstest.HTML, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.aws.Fault(awstest.Fault{Kind: c.kind})
			_, err := w.ofIAM(t).Create(t.Context(), w.key.Credentials())
			var reply *sts.Reply
			if !errors.As(err, &reply) || reply.Undone() != c.undone {
				t.Errorf("undone is not %v: %v (%v)", c.undone, err, reply)
			}
			if n := w.aws.Count("CreateAccessKey"); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

// TestUnknownKey tells a key that AWS does not know from one that lacks a right.
func TestUnknownKey(t *testing.T) {
	w := newWorld(t)
	w.ann.DenyAllWithoutMFA()
	_, err := w.ofIAM(t).List(t.Context(), w.key.Credentials())
	var reply *sts.Reply
	if !errors.As(err, &reply) || !reply.WantsMore() || reply.UnknownKey() {
		t.Errorf("denied: %v", err)
	}
	checkFault(t, err, vaultcore.ErrRefused, "")
	if _, err := w.ofIAM(t).List(t.Context(), w.signedIn(t)); err != nil {
		t.Errorf("with MFA: %v", err)
	}
	w.key.SetActive(false)
	if _, err = w.ofIAM(t).List(t.Context(), w.key.Credentials()); !errors.As(err, &reply) || !reply.UnknownKey() || reply.WantsMore() {
		t.Errorf("inactive: %v", err)
	}
}
