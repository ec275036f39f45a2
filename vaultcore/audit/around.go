package audit

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// kindOf is of which kind the line of an operation is; "" for one that leaves none.
func kindOf(o agent.Operation) record.Kind {
	if o.Record == "" && o.Unrecorded == "" && !o.Harmless {
		return record.Change
	}
	return o.Record
}

// Around notes what becomes of an operation. It is an [agent.Around], to stand outside
// of all others, so that it sees what they refuse.
func (t *Trail) Around(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	kind := kindOf(use.Operation)
	if kind == "" || onlyShown(use.Request) {
		return do(ctx)
	}
	caller := use.Caller().Named() // while it is there: it may end as soon as it has its reply
	ctx, decided := agent.Deciding(ctx)
	err := do(ctx)
	t.Add(entryOf(kind, use, caller, decided(), err))
	return err
}

// onlyShown says whether a request changed nothing: it was for a look at what would be
// changed.
func onlyShown(request any) bool {
	switch r := request.(type) {
	case *agent.SetupRequest:
		return r.Agreed == ""
	case *agent.SyncRequest:
		return r.Agreed == ""
	case *agent.ImportRequest:
		return r.Agreed == ""
	case *agent.EditRequest:
		return r.Agreed == ""
	case *agent.RotateRequest:
		return r.Agreed == ""
	}
	return false
}

// entryOf is the entry of a use that has ended.
func entryOf(kind record.Kind, use agent.Use, caller vaultcore.Caller, decided agent.Decision, err error) record.Entry {
	e := record.Entry{
		Time: time.Now(), Kind: kind, Operation: use.Name, Profile: use.Profile, Outcome: record.Done, Detail: vaultcore.PrintableUpTo(detail(use.Request), maxText),
		Allowed: cmp.Or(decided.By, allowed(caller)), Grant: decided.Grant, Agent: decided.Agent, Caller: processes(caller, decided.Chain),
	}
	if add, ok := use.Request.(*agent.AddRequest); ok {
		e.AccessKeyID = add.Key.AccessKeyID
	}
	if err != nil {
		e.Outcome, e.Reason, e.Allowed, e.Grant = agent.Code(err), vaultcore.PrintableUpTo(reason(err), maxText), "", 0
		if kind == record.Issue {
			e.Kind = record.Refusal
		}
		return e
	}
	switch result := use.Result().(type) {
	case agent.CredentialsResult:
		issued(&e, result.Issued)
	case agent.LoginResult:
		issued(&e, result.Issued)
	}
	return e
}

// reason is why an operation failed. Who gave up has no reason that another would not know.
func reason(err error) string {
	if errors.Is(err, context.Canceled) {
		return "the caller did not wait for the answer"
	}
	return err.Error()
}

// maxText is how many characters of an error, a detail or a path a line has, maxProcesses
// how many of those that lead to a caller.
const (
	maxText      = 300
	maxProcesses = 16
)

// processes are those of a caller with its names: the chain where that was looked up.
func processes(caller vaultcore.Caller, chain vaultcore.Chain) []record.Process {
	var sandbox string
	if caller.Sandbox != nil {
		sandbox = caller.Sandbox()
	}
	if len(chain) == 0 {
		if caller.PID == 0 && caller.Program == "" {
			return nil
		}
		return []record.Process{{PID: caller.PID, Program: caller.Program, Dir: caller.Dir, Sandbox: sandbox}}
	}
	all := make([]record.Process, min(len(chain), maxProcesses))
	for i := range all {
		p := chain[i]
		all[i] = record.Process{
			PID: p.PID, Started: p.Started, Program: vaultcore.PrintableUpTo(p.Program, maxText), Path: vaultcore.PrintableUpTo(p.Path, maxText), Dir: vaultcore.PrintableUpTo(p.Dir, maxText),
			Terminal: p.Terminal, Leads: p.Leads, Messenger: p.Messenger, TypedInto: p.TypedInto,
		}
	}
	all[0].Sandbox = sandbox
	return all
}

// allowed is why a use needed no question of its own.
func allowed(caller vaultcore.Caller) string {
	switch {
	case caller.Clicked:
		return "click"
	case caller.Terminal == vaultcore.TerminalAttended:
		return "terminal"
	default:
		return "program"
	}
}

// issued takes in what was handed out.
func issued(e *record.Entry, i agent.Issued) {
	e.Account, e.Role, e.SessionName, e.AccessKeyID = i.Account, i.Role, i.SessionName, i.AccessKeyID
	if !i.Expires.IsZero() {
		expires := i.Expires.UTC()
		e.Expires = &expires
	}
}

// detail is what else there is to say of a request. It is no secret: requests hold those
// in a type of their own.
func detail(request any) string {
	switch r := request.(type) {
	case *agent.CredentialsRequest:
		if r.NoSession {
			return "without a session"
		}
	case *agent.LoginRequest:
		if r.Print {
			return "the sign-in URL"
		}
		return cmp.Or(r.Service, r.Path, r.Address)
	case *agent.SignInRequest:
		return r.Name
	case *agent.SignOutRequest:
		return cmp.Or(r.Name, "all")
	case *agent.ClearRequest:
		if r.Profile == "" {
			return "all"
		}
	case *agent.ImportRequest:
		return cmp.Or(strings.Join(r.Profiles, ", "), "all")
	case *agent.SetupRequest:
		return strings.Join(r.Profiles, ", ")
	case *agent.SyncRequest:
		return r.SignIn
	case *agent.ServeRequest:
		if r.Containers {
			return "to containers too"
		}
	case *agent.StopServingRequest:
		return cmp.Or(strings.Join(r.Profiles, ", "), "all")
	case *agent.RevokeRequest:
		if r.ID != 0 {
			return "grant " + strconv.Itoa(r.ID)
		}
		return cmp.Or(r.Profile, "all")
	case *agent.FolderRequest:
		if r.Forget {
			return "no more: " + r.Path
		}
		return r.Path
	case *agent.SetRequest:
		return r.Key + " = " + r.Value
	}
	return ""
}
