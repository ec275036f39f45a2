package awstest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestFaults(t *testing.T) {
	cases := map[string]struct {
		kind  Kind
		works bool // the call succeeds all the same
		says  string
	}{
		"throttle":     {Throttle, false, "Throttling: Rate exceeded"},
		"503":          {Status(503), false, "StatusCode: 503"},
		"500":          {Status(500), false, "InternalFailure"},
		"drop":         {Drop, false, "EOF"},
		"mid body":     {DropMidBody, false, "unexpected EOF"},
		"slow":         {Slow(time.Millisecond), true, ""},
		"html":         {HTML, false, "deserialization failed"},
		"echo":         {EchoBody500, false, "Action=GetSessionToken"},
		"broken XML":   {BadXML, false, "deserialization failed"},
		"wrong date":   {WrongDate, true, ""},
		"nothing else": {func(w http.ResponseWriter, r *http.Request, aws http.Handler) { aws.ServeHTTP(w, r) }, true, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newSmall(t, Trust{})
			w.srv.Fault(Fault{Action: "GetSessionToken", Times: 1, Kind: c.kind})
			who(t, w.srv, ofKey(w.key)) // other actions are not hit
			_, err := ofKey(w.key).sts(w.srv).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
			if c.works != (err == nil) || !c.works && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			w.mustSession(t, "") // and it is over
		})
	}
}

// A reply that is lost on its way has happened nevertheless; a throttled call
// has not.
func TestWhatAFaultLeavesBehind(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		used int
	}{{Throttle, 0}, {Drop, 0}, {DropMidBody, 1}, {BadXML, 1}} {
		w := newSmall(t, Trust{})
		w.srv.Fault(Fault{Times: 1, Kind: c.kind})
		in := mfa(w.device.Serial(), w.device.Code())
		if _, err := ofKey(w.key).sts(w.srv).GetSessionToken(t.Context(), &in); err == nil {
			t.Fatal("the fault did not show")
		}
		if got := len(w.srv.AcceptedCodes()); got != c.used {
			t.Errorf("%d codes used up, want %d", got, c.used)
		}
	}
}

func TestFaultsWithoutEnd(t *testing.T) {
	w := newSmall(t, Trust{})
	w.srv.Fault(Fault{Kind: Status(502)})
	for range 3 {
		if _, err := ofKey(w.key).sts(w.srv).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err == nil {
			t.Fatal("a lasting fault ended")
		}
	}
	w.srv.ClearFaults()
	who(t, w.srv, ofKey(w.key))
	if w.srv.Count("GetCallerIdentity") != 4 || w.srv.CountOK("GetCallerIdentity") != 1 {
		t.Error("faulty calls are counted wrongly")
	}
}

func TestHangEndsWithTheClientAndWithTheServer(t *testing.T) {
	w := newSmall(t, Trust{})
	arrived := make(chan struct{})
	w.srv.Fault(Fault{Kind: func(rw http.ResponseWriter, r *http.Request, aws http.Handler) {
		arrived <- struct{}{}
		Hang(rw, r, aws)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i, end := range []func(){cancel, w.srv.Close} {
		done := make(chan error)
		go func() {
			_, err := ofKey(w.key).sts(w.srv).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			done <- err
		}()
		<-arrived
		end()
		if err := <-done; err == nil {
			t.Errorf("hanging call %d succeeded", i)
		}
		ctx = t.Context()
	}
}

func TestWrongDateIsFarFromTheClock(t *testing.T) {
	w := newSmall(t, Trust{})
	w.srv.Fault(Fault{Kind: WrongDate})
	got := w.request(ofKey(w.key)).send(t, w.srv)
	date, err := http.ParseTime(got.header.Get("Date"))
	if ahead := time.Until(date); err != nil || ahead < 50*time.Minute {
		t.Errorf("Date is %v ahead, %v", ahead, err)
	}
}

func TestTheLogOfCallsHidesSecrets(t *testing.T) {
	w := newSmall(t, Trust{})
	code := w.device.Code()
	session := w.mustSession(t, code)
	_, _ = ofKey(w.key).sts(w.srv).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
		SerialNumber: aws.String(w.device.Serial()), TokenCode: &code, DurationSeconds: aws.Int32(900),
	})
	who(t, w.srv, session)
	calls := w.srv.Calls()
	if len(calls) != 3 || w.srv.Count("") != 3 || w.srv.CountOK("GetSessionToken") != 1 {
		t.Fatalf("calls: %+v", calls)
	}
	refused := calls[1]
	if refused.Status != 403 || refused.Code != "AccessDenied" || refused.AccessKeyID != w.key.ID() || refused.Principal != w.ann.ARN() ||
		refused.Params["DurationSeconds"] != "900" || refused.Params["TokenCode"] != "[secret]" || refused.OK() {
		t.Errorf("refused call: %+v", refused)
	}
	if calls[2].AccessKeyID != session.id || !calls[2].OK() || calls[2].Service != "sts" || calls[2].Method != http.MethodPost {
		t.Errorf("good call: %+v", calls[2])
	}
	w.srv.ResetCalls()
	if w.srv.Count("") != 0 {
		t.Error("calls are left after a reset")
	}
}

func TestDelay(t *testing.T) {
	srv := NewServer(t, Options{Delay: 20 * time.Millisecond})
	start := time.Now()
	res, err := http.Post(srv.URL(), "application/x-www-form-urlencoded", strings.NewReader(identityForm))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}
