package awstest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// Options set up a [Server]. The zero value listens on a free loopback port.
type Options struct {
	// Listener is where to listen; a free port of 127.0.0.1 when nil. It is closed
	// with the server.
	Listener net.Listener
	// Region, when set, is the only region that STS requests may be signed
	// for, as with a regional endpoint of AWS. IAM has one endpoint a
	// partition, and clients with an endpoint of their own sign it for the
	// region they work in: any region is taken there.
	Region string
	// Now is AWS's clock; time.Now when nil.
	Now func() time.Time
	// Delay is how long each API call takes, for benchmarks.
	Delay time.Duration
}

// Server is a running local AWS. Its methods may be called at any time, from
// any goroutine.
type Server struct {
	options    Options
	listener   net.Listener
	http       *http.Server
	stop       context.CancelFunc
	offset     atomic.Int64 // added to the clock, in nanoseconds
	reload     atomic.Bool  // the console's pages reload themselves
	operations map[string]operation

	mu          sync.Mutex // guards all below, and every Account, User, Key, Role and Device
	accounts    map[string]*Account
	keys        map[string]*Key
	sessions    map[string]*session // by access key id
	signins     map[string]*signin  // by sign-in token
	tokens      []string            // every sign-in token, also those that were used
	longest     time.Duration       // that new sessions live; 0: as is asked for
	cookies     map[string]*console // by the console's cookie
	calls       []*Call
	accepted    []AcceptedCode
	faults      []*Fault
	sso         ssoState
	login       loginState
	issuers     map[string]*Issuer // by URL
	machine     machine
	propagating []bool   // how keys that CreateAccessKey makes answer at first
	played      *Visitor // answers in the pages of sign-ins; nil for nobody
}

// T is the part of testing.T that [NewServer] needs.
type T interface {
	Helper()
	Cleanup(func())
}

// NewServer starts a server that ends with the test. At most one Options is used.
func NewServer(t T, options ...Options) *Server {
	t.Helper()
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	s := Start(o)
	t.Cleanup(s.Close)
	return s
}

// Start starts a server; the caller closes it. Like httptest.NewServer it
// panics when it cannot listen, since nothing can be done without it.
func Start(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Listener == nil {
		var err error
		if o.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			panic(fmt.Sprintf("awstest: cannot listen: %v", err))
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		options:    o,
		listener:   o.Listener,
		stop:       stop,
		operations: operations(),
		accounts:   map[string]*Account{},
		keys:       map[string]*Key{},
		sessions:   map[string]*session{},
		signins:    map[string]*signin{},
		cookies:    map[string]*console{},
		sso:        newSSOState(),
		login:      newLoginState(),
		issuers:    map[string]*Issuer{},
		machine:    machine{tokens: map[string]time.Time{}, containers: map[string]*holder{}},
	}
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	go func() { _ = s.http.Serve(s.listener) }()
	return s
}

// RoundTrip answers a request without a socket, so that a client can be tested under
// time that a test makes: see testing/synctest. A fault that cuts the connection is
// the error.
func (s *Server) RoundTrip(r *http.Request) (reply *http.Response, err error) {
	defer func() {
		if cut := recover(); cut != nil {
			if cut != http.ErrAbortHandler {
				panic(cut)
			}
			reply, err = nil, io.ErrUnexpectedEOF
		}
	}()
	r = r.Clone(r.Context())
	r.Host = cmp.Or(r.Host, r.URL.Host)
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(w, r)
	reply = w.Result()
	reply.Request = r
	return reply, nil
}

// Close ends the server and every call that is under way, hanging ones included.
func (s *Server) Close() {
	s.stop()
	_ = s.http.Close()
}

// URL is the endpoint of all services, without a slash at the end.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Now is AWS's time.
func (s *Server) Now() time.Time {
	return s.options.Now().Add(time.Duration(s.offset.Load()))
}

// SetClockOffset makes AWS's clock differ from the given one: replies carry
// that date, sessions end by it, and requests that are dated too far from it
// are refused.
func (s *Server) SetClockOffset(d time.Duration) { s.offset.Store(int64(d)) }

// httpDate is AWS's time as the Date header of replies.
func (s *Server) httpDate() string { return s.Now().UTC().Format(http.TimeFormat) }

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/federation", s.serveFederation)
	mux.HandleFunc("/oauth", s.serveLogout)
	for path, op := range restOperations() {
		mux.HandleFunc(path, s.serveREST(op))
	}
	mux.HandleFunc("/authorize", s.serveAuthorize)
	mux.HandleFunc("/device", s.serveDevice)
	mux.HandleFunc("/portal/signin", s.servePortal("sso", "SignIn", (*pageCall).signIn))
	mux.HandleFunc("/portal/consent", s.servePortal("sso", "Consent", (*pageCall).answer))
	mux.HandleFunc("/v1/authorize", s.serveLogin)
	mux.HandleFunc("/v1/authorize/answer", s.servePortal("signin", "LoginConsent", (*pageCall).loginAnswer))
	mux.HandleFunc("/v1/sessions/confirmation", s.serveConfirmation)
	mux.HandleFunc("/latest/api/token", s.serveMachine("imds", "MetadataToken", (*machineCall).session))
	mux.HandleFunc(rolesPath, s.serveMachine("imds", "InstanceCredentials", (*machineCall).roles))
	mux.HandleFunc(containerPath, s.serveMachine("ecs", "ContainerCredentials", (*machineCall).container))
	mux.HandleFunc("/", s.serveRoot)
	return mux
}

// serveRoot tells API calls, which are posts or signed, from a browser's visit
// to the console.
func (s *Server) serveRoot(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	api := r.Method == http.MethodPost || r.Header.Get("Authorization") != "" || query.Has("Action")
	if api && r.URL.Path == "/" {
		s.serveAPI(w, r)
		return
	}
	s.serveConsole(w, r)
}
