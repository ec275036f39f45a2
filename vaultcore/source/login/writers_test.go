package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/service/signin"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// refreshes is how often each of two processes refreshes one sign-in.
const refreshes = 20

// TestMain lets the test binary be another process that refreshes a sign-in.
func TestMain(m *testing.M) {
	if path := os.Getenv("LOGIN_TEST_REFRESH"); path != "" {
		if err := refreshInPlace(path, os.Getenv("LOGIN_TEST_AWS")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// refreshInPlace refreshes a sign-in as AWS's command line does, again and again: no
// lock, and the file is emptied and then written, here as slowly as a busy machine does.
// What is refused it reads again, as its next run would.
func refreshInPlace(path, endpoint string) error {
	a, err := NewAuthority(Session{Profile: "dev"}, Target{Region: "us-east-1", Endpoint: endpoint, HTTP: &http.Client{Timeout: 10 * time.Second}})
	if err != nil {
		return err
	}
	ctx, deadline := context.Background(), time.Now().Add(4*time.Minute)
	for n := 0; n < refreshes; {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d refreshes in four minutes", n)
		}
		e, err := file{path, patient}.read(ctx)
		if err != nil {
			continue
		}
		token, err := a.Refresh(ctx, e)
		if errors.Is(err, ErrSignInEnded) {
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		if e, err = e.With(token); err != nil {
			return err
		}
		if err := writeInPlace(path, e.Text().Reveal()); err != nil {
			return err
		}
		n++
	}
	return nil
}

func writeInPlace(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	for half := range 2 {
		time.Sleep(3 * time.Millisecond)
		if _, err := f.WriteString(text[half*len(text)/2 : (half+1)*len(text)/2]); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// TestTwoWriters: two processes that refresh one sign-in at once, one with no regard for
// the other, lose no token and ask nobody.
func TestTwoWriters(t *testing.T) {
	d := newFixture(t)
	s := d.source()
	s.patience = patient
	d.run(s)
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(other.Environ(), "LOGIN_TEST_REFRESH="+d.file().path, "LOGIN_TEST_AWS="+d.aws.URL())
	var said strings.Builder
	other.Stderr = &said
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- other.Wait() }()
	for n, done := 0, false; n < refreshes || !done; n++ {
		before := s.handedOut(d)
		if c := d.run(s); c.AccessKeyID == before {
			t.Error("a renewal brings the same")
		}
		select {
		case err := <-ended:
			if done = true; err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
		default:
		}
	}
	if n := d.aws.CountOK("CreateOAuth2Token"); d.asks() != 1 || n < refreshes+1 {
		t.Errorf("asked %d times, %d tokens", d.asks(), n)
	}
	d.run(d.source()) // what is cached is good
	d.age()
	d.run(d.source()) // and can be refreshed
	if d.asks() != 1 {
		t.Error("a token was lost")
	}
}

func (s *Source) handedOut(d *fixture) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entryLocked(d.step()).handed
}

// TestTheSDKForGo: AWS's SDK for Go uses and refreshes a sign-in that was made here, and
// what it writes is used and refreshed here.
func TestTheSDKForGo(t *testing.T) {
	d := newFixture(t)
	made := d.run(d.source())
	client := signin.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(d.aws.URL()), Retryer: func() aws.Retryer { return aws.NopRetryer{} }})
	sdk := logincreds.New(client, d.file().path)
	got, err := sdk.Retrieve(t.Context())
	if err != nil || got.AccessKeyID != made.AccessKeyID {
		t.Fatalf("as it is: %s, %v", got.AccessKeyID, err)
	}
	d.age()
	if got, err = sdk.Retrieve(t.Context()); err != nil || got.AccessKeyID == made.AccessKeyID {
		t.Fatalf("refreshed: %s, %v", got.AccessKeyID, err)
	}
	s := d.source()
	if c := d.run(s); c.AccessKeyID != got.AccessKeyID {
		t.Error("what the SDK has refreshed is not used")
	}
	if c := d.run(s); c.AccessKeyID == got.AccessKeyID || d.asks() != 1 {
		t.Error("what the SDK has refreshed cannot be refreshed")
	}
	if state := s.State(d.step()); !state.Renews || state.SignedIn.IsZero() || !state.Ends.IsZero() {
		t.Errorf("the SDK forgets when it was signed in: %+v", state)
	}
	if got, err = sdk.Retrieve(t.Context()); err != nil || got.AccessKeyID != s.handedOut(d) {
		t.Errorf("what was refreshed here: %v", err)
	}
}

// TestKeysOfOthers: a sign-in that another tool made is refreshed with its key, whatever
// form and zeros that has.
func TestKeysOfOthers(t *testing.T) {
	for _, number := range []uint16{1, 43, 379} {
		for form, pem := range map[string]func(testing.TB, Key) vaultcore.Secret{"SEC1": sec1, "PKCS#8": pkcs8} {
			d := newFixture(t)
			d.signInWith(keyNumbered(t, number), pem)
			d.run(d.source())
			var all map[string]any
			if err := json.Unmarshal([]byte(d.entry().Text().Reveal()), &all); err != nil || all["dpopKey"] != pem(t, keyNumbered(t, number)).Reveal() || d.asks() != 0 {
				t.Errorf("%d, %s: asked %d times, %v", number, form, d.asks(), err)
			}
		}
	}
}

// signInWith caches a sign-in of another tool whose credentials have ended.
func (d *fixture) signInWith(key Key, form func(testing.TB, Key) vaultcore.Secret) {
	d.t.Helper()
	a, err := NewAuthority(sessionOf(d.step()), Target{Region: "us-east-1", Endpoint: d.aws.URL(), HTTP: http.DefaultClient})
	if err != nil {
		d.t.Fatal(err)
	}
	a.newKey = func() (Key, error) { return key, nil }
	e, err := a.Browser(d.t.Context(), func(address string) error {
		go func() { _, _ = awstest.Visitor{Name: d.ann.ARN()}.Visit(d.t.Context(), awstest.NewBrowser(), address) }()
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	text := strings.Replace(e.Text().Reveal(), quoted(d.t, sec1(d.t, key)), quoted(d.t, form(d.t, key)), 1)
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.file().path, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
	d.age()
}

func quoted(t *testing.T, text vaultcore.Secret) string {
	t.Helper()
	q, err := json.Marshal(text.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return string(q)
}
