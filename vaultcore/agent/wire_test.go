package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// fill sets everything in a value to something that is not zero.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, *n, time.UTC)))
		return
	case vaultcore.Secret:
		v.Set(reflect.ValueOf(vaultcore.NewSecret(fmt.Sprintf("s%d\"\\\n\u2028<&>\x7fé", *n))))
		return
	case vaultcore.Caller:
		v.Set(reflect.ValueOf(vaultcore.Caller{PID: *n, Program: "make", Dir: "~/x", Profile: "prod"}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("t%d\"\\\n\u2028<&>é", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Func: // what is called is not on the wire
	default:
		panic("a kind that the test does not know: " + v.Type().String())
	}
}

func filled[T any]() T {
	var value T
	n := 0
	fill(reflect.ValueOf(&value).Elem(), &n)
	return value
}

// throughWire encodes a reply as the server does and decodes it as the client does.
func throughWire[R any](t *testing.T, reply R) R {
	t.Helper()
	var w writer
	if err := w.encodeLocked(frameOf(reply, false)); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(w.out.Bytes(), []byte("\n")); n != 1 {
		t.Fatalf("the frame has %d line ends: %s", n, w.out.Bytes())
	}
	var frame outbound[R]
	if err := json.Unmarshal(w.out.Bytes(), &frame); err != nil {
		t.Fatalf("%v in %s", err, w.out.Bytes())
	}
	return *frame.Result
}

// survives fails unless every field of a result survives the wire: a field that is
// added to one and forgotten there.
func survives[Q, R, W any](t *testing.T, o *op[Q, R, W], want R) {
	t.Helper()
	if got := o.fromWire(throughWire(t, o.toWire(want))); !reflect.DeepEqual(got, want) {
		t.Errorf("the result of %s came as\n%+v\nwant\n%+v", o.Name, got, want)
	}
}

func TestResultsSurvive(t *testing.T) {
	credentials, login := filled[CredentialsResult](), filled[LoginResult]()
	credentials.Issued, login.Issued = Issued{}, Issued{} // it stays in the app
	survives(t, opCredentials, credentials)
	survives(t, opCredentials, CredentialsResult{})
	survives(t, opProfiles, filled[[]string]())
	survives(t, opExplain, filled[vaultcore.Explanation]())
	survives(t, opSnapshot, filled[vaultcore.Snapshot]())
	survives(t, opIdentify, filled[vaultcore.Identity]())
	survives(t, opRemove, filled[RemoveResult]())
	survives(t, opClear, filled[RemoveResult]())
	survives(t, opSetup, filled[SetupResult]())
	survives(t, opEdit, filled[SetupResult]())
	survives(t, opLogin, login)
	survives(t, opProfilesFor, filled[[]string]())
	survives(t, opServices, filled[[]ConsoleService]())
	survives(t, opBrowsers, filled[BrowsersResult]())
	survives(t, opAgents, filled[AgentsResult]())
	survives(t, opSettings, filled[[]Setting]())
	survives(t, opStatus, filled[Status]())
}

// The keychain that cannot tell its keys is not the one that has none.
func TestUnknownKeysStayUnknown(t *testing.T) {
	if got := throughWire(t, snapshotToWire(vaultcore.Snapshot{})).snapshot(); got.Keys != nil {
		t.Errorf("unknown keys came as %v", got.Keys)
	}
	if got := throughWire(t, snapshotToWire(vaultcore.Snapshot{Keys: []string{}})).snapshot(); got.Keys == nil {
		t.Error("no keys came as unknown")
	}
}

// Few replies can carry a secret: credentials, the token with which a program asks
// for them, and the address that signs in to the console. No other reply has a field for one, and no other method of the
// Service returns one.
func TestFewRepliesCarrySecrets(t *testing.T) {
	secret := []reflect.Type{reflect.TypeFor[vaultcore.Secret](), reflect.TypeFor[revealed]()}
	for _, row := range table() {
		_, reply := row.forms()
		if carries := holds(reply, secret, map[reflect.Type]bool{}); carries != (row == opCredentials || row == opServe || row == opServeCaller || row == opLogin) {
			t.Errorf("the reply of %s can carry a secret: %t", row.operation().Name, carries)
		}
	}
	service := reflect.TypeFor[Service]()
	for i := range service.NumMethod() {
		method := service.Method(i)
		for j := range method.Type.NumOut() {
			if holds(method.Type.Out(j), secret, map[reflect.Type]bool{}) && !slices.Contains([]string{"Credentials", "Serve", "Login"}, method.Name) {
				t.Errorf("%s can return a secret", method.Name)
			}
		}
	}
}

// holds looks for types inside a type. What a function returns is not inside.
func holds(t reflect.Type, wanted []reflect.Type, seen map[reflect.Type]bool) bool {
	for _, w := range wanted {
		if t == w {
			return true
		}
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan:
		return holds(t.Elem(), wanted, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if holds(t.Field(i).Type, wanted, seen) {
				return true
			}
		}
	}
	return false
}

// Secrets on their way do not print.
func TestFramesDoNotPrintSecrets(t *testing.T) {
	const canary = "wJalrXUtnFEMI"
	key := vaultcore.Credentials{SecretAccessKey: vaultcore.NewSecret(canary), SessionToken: vaultcore.NewSecret(canary)}
	frames := []any{
		addForm{Key: keyOf(key)}, identifyForm{Key: keyOf(key)}, keyOf(key), &addForm{Key: keyOf(key)}, wireAnswer{Text: canary}, &wireAnswer{Text: canary},
		credentialsToWire(CredentialsResult{Credentials: key}),
	}
	for _, frame := range frames {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			text := fmt.Sprintf(verb, frame)
			if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T shows a secret", verb, frame)
			}
		}
	}
}

// Every kind has one code and every code one kind.
func TestCodesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range codes {
		if seen[row.code] {
			t.Errorf("two kinds have the code %s", row.code)
		}
		seen[row.code] = true
		if back := errorToWire(row.kind).fault(); back.Kind != row.kind {
			t.Errorf("%v comes back as %v", row.kind, back.Kind)
		}
	}
}

// The names of many who wait are counted, not sent.
func TestManyWaiting(t *testing.T) {
	q := vaultcore.Question{Kind: vaultcore.AskMFA, Profile: "p", Waiting: make([]vaultcore.Caller, 200)}
	q.Waiting[0].Program = "terraform"
	w := questionToWire(1, q)
	if len(w.Waiting) != 10 || w.More != 190 {
		t.Errorf("%d named and %d more, want 10 and 190", len(w.Waiting), w.More)
	}
	golden.Message(t, "", w.question().Who())
	w.More = 1 << 40
	if got := len(w.question().Waiting); got > 2*maxWaiting {
		t.Errorf("a number alone made %d callers", got)
	}
}

// FuzzText holds the hand-written encoding of a string to the library's decoding.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\\n", "\u2028é\x7f", "\xff", "</script>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var a, b string
		if err := json.Unmarshal(appendText(nil, text), &a); err != nil {
			t.Fatal(err)
		}
		if _ = json.Unmarshal(want, &b); a != b {
			t.Errorf("%q reads as %q, want %q", text, a, b)
		}
	})
}
