package agent_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// methodOf is the method of an operation: of its name, but for those that read otherwise
// in Go than on the wire.
func methodOf(operation string) string {
	switch operation {
	case "reaches":
		return "ProfilesFor"
	case "forget":
		return "RemoveBrowserProfile"
	case "accounts":
		return "ListAccounts"
	case "sync":
		return "SyncProfiles"
	case "edit":
		return "EditProfile"
	case "trust-folder":
		return "TrustFolder"
	case "unserve":
		return "StopServing"
	case "serve-caller":
		return "ServeCaller"
	case "signin":
		return "SignIn"
	case "signout":
		return "SignOut"
	default:
		return strings.ToUpper(operation[:1]) + operation[1:]
	}
}

// use calls an operation with a request for the profile prod by terraform, where it
// takes one, and returns its error.
func use(ctx context.Context, s agent.Service, operation string) error {
	method := reflect.ValueOf(s).MethodByName(methodOf(operation))
	arguments := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < method.Type().NumIn(); i++ {
		argument := reflect.New(method.Type().In(i)).Elem()
		if argument.Kind() == reflect.Func {
			argument = reflect.ValueOf(func() {})
		}
		if argument.Kind() == reflect.Struct {
			if profile := argument.FieldByName("Profile"); profile.IsValid() {
				profile.SetString("prod")
			}
			if caller := argument.FieldByName("Caller"); caller.IsValid() {
				caller.Set(reflect.ValueOf(vaultcore.Caller{Program: "terraform"}))
			}
		}
		arguments = append(arguments, argument)
	}
	results := method.Call(arguments)
	err, _ := results[len(results)-1].Interface().(error)
	return err
}

// TestEveryOperationHasItsRow: a method of Service is one row.
func TestEveryOperationHasItsRow(t *testing.T) {
	service, rows := reflect.TypeFor[agent.Service](), map[string]bool{}
	for _, o := range agent.Operations() {
		rows[methodOf(o.Name)] = true
	}
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; !rows[name] {
			t.Errorf("%s has no row", name)
		}
	}
	if len(rows) != service.NumMethod() || len(agent.Operations()) != len(rows) {
		t.Errorf("%d rows for %d methods", len(agent.Operations()), service.NumMethod())
	}
}

// TestGuard: each operation goes through Around, once, under its own name and with
// what it says of itself, and what is refused is not done. Over the socket the
// caller is known of every operation.
func TestGuard(t *testing.T) {
	refused := errors.New("refused")
	for _, o := range agent.Operations() {
		t.Run(o.Name, func(t *testing.T) {
			f, _ := fake()
			var seen []agent.Use
			guarded := agent.Guard(f, func(_ context.Context, use agent.Use, _ func(context.Context) error) error {
				seen = append(seen, use)
				return refused
			})
			if err := use(t.Context(), guarded, o.Name); !errors.Is(err, refused) || len(f.Calls()) != 0 {
				t.Fatalf("%v after %v", err, f.Calls())
			}
			client := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: guarded, Describe: func(net.Conn) vaultcore.Caller {
				return vaultcore.Caller{PID: 42, Dir: "~/infra"}
			}})})
			if err := use(t.Context(), client, o.Name); err == nil || len(f.Calls()) != 0 || len(seen) != 2 {
				t.Fatalf("%v after %v, seen %d times", err, f.Calls(), len(seen))
			}
			for _, use := range seen {
				if use.Operation != o || use.Profile != "" && use.Profile != "prod" {
					t.Errorf("seen as %+v", use)
				}
			}
			if local, remote := seen[0].Caller(), seen[1].Caller(); remote.PID != 42 || remote.Dir != "~/infra" || local.Program != remote.Program {
				t.Errorf("asked by %+v and %+v", local, remote)
			}
		})
	}
}

// TestGuardLetsThrough: what Around lets through is what the service does.
func TestGuardLetsThrough(t *testing.T) {
	testkit.TestService(t, func(*testing.T) (agent.Service, testkit.Fixture) {
		f, fixture := fake()
		return agent.Guard(f, func(ctx context.Context, _ agent.Use, do func(context.Context) error) error { return do(ctx) }), fixture
	})
}

// TestNothingComesWithAnError: an error of Around keeps back what was done.
func TestNothingComesWithAnError(t *testing.T) {
	f, fixture := fake()
	guarded := agent.Guard(f, func(ctx context.Context, _ agent.Use, do func(context.Context) error) error {
		if err := do(ctx); err != nil {
			t.Error(err)
		}
		return vaultcore.ErrLocked
	})
	r, err := guarded.Credentials(t.Context(), agent.CredentialsRequest{Profile: fixture.Ready})
	if !errors.Is(err, vaultcore.ErrLocked) || !reflect.ValueOf(r).IsZero() {
		t.Errorf("%v with credentials %t", err, !reflect.ValueOf(r).IsZero())
	}
}

// TestWhatIsServedWhileLocked decides a second time, so that a row that slips into
// the table is noticed.
func TestWhatIsServedWhileLocked(t *testing.T) {
	const served = "profiles services browsers revoke lock unlock watch settings status stop"
	var got []string
	for _, o := range agent.Operations() {
		if o.WhileLocked != "" {
			got = append(got, o.Name)
		}
	}
	if text := strings.Join(got, " "); text != served {
		t.Errorf("served while locked: %s", text)
	}
}
