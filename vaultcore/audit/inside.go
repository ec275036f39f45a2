package audit

import (
	"cmp"
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// What is noted here happens inside an operation that leaves a line of another kind, or
// is no operation: Vaultbar does it of itself.

// Decided notes what a person said to an approval: the id of their choice, or the error
// of having refused or left it. The line waits for the grant that the answer makes.
func (t *Trail) Decided(ctx context.Context, q vaultcore.Question, choice string, err error) {
	e := record.Entry{Time: time.Now(), Kind: record.Approval, Operation: "approval", Outcome: record.Done, Profile: q.Profile, Detail: q.SafeSubject(), Allowed: choice}
	if err != nil {
		e.Outcome = agent.Code(err)
	}
	asked := askedBy(ctx)
	agent.AfterDecision(ctx, func(decided agent.Decision) {
		e.Grant = decided.Grant
		t.Add(of(e, asked, decided))
	})
}

// SignedIn notes that a person has signed in, for something that was asked for under ctx.
func (t *Trail) SignedIn(ctx context.Context, name string) {
	asked := askedBy(ctx)
	t.Add(of(record.Entry{
		Time: time.Now(), Kind: record.SignIn, Operation: "signin", Outcome: record.Done, Detail: vaultcore.PrintableUpTo(name, maxText), Allowed: allowed(asked),
	}, asked, agent.Decided(ctx)))
}

// askedBy is who asked first for what is done under ctx; the others came to wait for the
// same.
func askedBy(ctx context.Context) vaultcore.Caller {
	if callers := vaultcore.AudienceOf(ctx).Callers(); len(callers) > 0 {
		return callers[0].Named()
	}
	return vaultcore.Caller{}
}

// of is an entry of what a caller asked for.
func of(e record.Entry, asked vaultcore.Caller, decided agent.Decision) record.Entry {
	e.Profile, e.Caller, e.Agent = cmp.Or(e.Profile, asked.Profile), processes(asked, decided.Chain), decided.Agent
	return e
}

// Edited notes that a setting, of a profile or of all, protects less since somebody edited
// the settings file.
func (t *Trail) Edited(profile, key, value string) {
	t.Add(record.Entry{
		Time: time.Now(), Kind: record.Setting, Operation: "set", Profile: profile, Outcome: record.Done, Allowed: record.ByFile,
		Detail: vaultcore.PrintableUpTo(key+" = "+value, maxText),
	})
}

// Deleted notes that the old key of a rotation was deleted in IAM because its time had
// come, or why that needs a person.
func (t *Trail) Deleted(profile, keyID string, err error) {
	e := record.Entry{
		Time: time.Now(), Kind: record.Key, Operation: "rotate", Profile: profile, Outcome: record.Done, AccessKeyID: keyID, Allowed: record.ByRotation, Detail: "the old key deleted",
	}
	if err != nil {
		e.Outcome, e.Reason, e.Allowed, e.Detail = agent.Code(err), vaultcore.PrintableUpTo(err.Error(), maxText), "", "the old key not deleted"
	}
	t.Add(e)
}

// Swept notes that a key is out of the keychain that could not be removed from it when it
// was to be.
func (t *Trail) Swept(profile string) {
	t.Add(record.Entry{
		Time: time.Now(), Kind: record.Key, Operation: "remove", Profile: profile, Outcome: record.Done, Allowed: record.BySweep, Detail: "what the keychain still had",
	})
}
