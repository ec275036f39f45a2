package credserver

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

// Profile is what is served.
type Profile struct {
	Name   string
	Region string // empty when none is known
	Source Source
	// Role names the profile of the config that assumes a role from this one; ok is
	// false where none does. It may be nil.
	Role func(ctx context.Context, arn string) (profile string, ok bool)
	// Until is closed when it is to be served no more; nil where that is for others to
	// say.
	Until <-chan struct{}
}

// Source returns credentials of a profile that live for least or longer; 0 takes
// whatever lives. Unless ask is set it waits for no person, and fails with
// ErrNobodyToAsk where it would.
type Source func(ctx context.Context, profile string, least time.Duration, ask bool) (vaultcore.Credentials, error)

// Options say how a profile is served.
type Options struct {
	Metadata bool // as the metadata service of EC2 does, instead of a container's endpoint
	// Port and Token are those of a server that has ended, whose programs still run;
	// zero for new ones.
	Port  int
	Token vaultcore.Secret
	local localhttp.Options // what tests replace
}

// Server serves one profile on a port of 127.0.0.1 until it is closed.
type Server struct {
	local     *localhttp.Server
	container *container       // nil for the metadata service
	token     vaultcore.Secret // zero for the metadata service
	end       context.CancelFunc
	ended     <-chan struct{}
	once      sync.Once
}

// Open serves a profile. It returns what the system says when the port cannot be
// opened.
func Open(p Profile, o Options) (*Server, error) {
	if o.Port != 0 {
		o.local.Listen = func() (net.Listener, error) {
			return net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port)))
		}
	}
	local, err := localhttp.Listen(o.local)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	s := &Server{local: local, end: end, ended: life.Done()}
	if o.Metadata {
		go local.Serve(newMetadata(p, life).serve)
		return s, nil
	}
	s.token = o.Token
	if s.token.IsZero() {
		s.token = newToken()
	}
	s.container = newContainer(p, life, s.token, s.Close)
	go local.Serve(s.container.serve)
	return s, nil
}

// Address is where programs ask: "http://127.0.0.1:43117".
func (s *Server) Address() string { return "http://" + s.local.Host() }

// Token is what programs of a container endpoint show; zero for the metadata service.
func (s *Server) Token() vaultcore.Secret { return s.token }

// Done is closed when the server has ended: by [Server.Close], or because of too many
// wrong tokens.
func (s *Server) Done() <-chan struct{} { return s.ended }

// Close ends the server and what it has under way. It may be called more than once.
func (s *Server) Close() {
	s.once.Do(func() {
		s.end()
		s.local.Close()
	})
}

// allows says whether a request has this method, and answers it where it has not.
func allows(w http.ResponseWriter, r *http.Request, method string) bool {
	if r.Method == method {
		return true
	}
	w.Header().Set("Allow", method)
	w.WriteHeader(http.StatusMethodNotAllowed)
	return false
}
