package credserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

const arn = "arn:aws:iam::111111111111:role/deploy"

// vault is a [Source] that notes what it was asked.
type vault struct {
	mu      sync.Mutex
	asked   []string // guarded by mu: "prod", or "prod, a person" where one may be asked
	answers func(profile string, least time.Duration, ask bool) (vaultcore.Credentials, error)
}

func (v *vault) credentials(_ context.Context, profile string, least time.Duration, ask bool) (vaultcore.Credentials, error) {
	v.mu.Lock()
	if ask {
		v.asked = append(v.asked, profile+", a person")
	} else {
		v.asked = append(v.asked, profile)
	}
	answers := v.answers
	v.mu.Unlock()
	if answers != nil {
		return answers(profile, least, ask)
	}
	return session(profile, time.Now().Add(time.Hour)), nil
}

func (v *vault) calls() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.asked)
}

func session(profile string, end time.Time) vaultcore.Credentials {
	return vaultcore.Credentials{
		AccessKeyID: "ASIA" + strings.ToUpper(profile), SecretAccessKey: vaultcore.NewSecret("secret-canary"), SessionToken: vaultcore.NewSecret("token-canary"),
		Expires: end, AccountID: "111111111111",
	}
}

func prod(v *vault) Profile {
	return Profile{Name: "prod", Region: "eu-central-1", Source: v.credentials, Role: func(_ context.Context, asked string) (string, bool) {
		return "deploy", asked == arn
	}}
}

func open(t *testing.T, p Profile, o Options) *Server {
	t.Helper()
	s, err := Open(p, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func (s *Server) host() string { return strings.TrimPrefix(s.Address(), "http://") }

// send sends a request as it is written, and returns the status and the body; 0 when
// there is no answer.
func (s *Server) send(text string) (int, string) {
	conn, err := net.Dial("tcp", s.host())
	if err != nil {
		return 0, ""
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		return 0, ""
	}
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = reply.Body.Close() }()
	body, _ := io.ReadAll(reply.Body)
	return reply.StatusCode, string(body)
}

// request is one as an SDK sends it.
func (s *Server) request(path string, more ...string) string {
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: " + s.host(), "User-Agent: Boto3/1.40"}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func (s *Server) right() string { return s.request("/", "Authorization: "+s.Token().Reveal()) }

func TestContainer(t *testing.T) {
	v := &vault{answers: func(profile string, _ time.Duration, _ bool) (vaultcore.Credentials, error) {
		return session(profile, time.Date(2099, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))), nil
	}}
	s := open(t, prod(v), Options{})
	for path, id := range map[string]string{"/": "ASIAPROD", "": "ASIAPROD", "/role-arn/" + arn: "ASIADEPLOY", "/role-arn/" + strings.ReplaceAll(arn, ":", "%3A"): "ASIADEPLOY"} {
		text := s.request("http://"+s.host()+path, "Authorization: "+s.Token().Reveal())
		want := `{"AccessKeyId":"` + id + `","SecretAccessKey":"secret-canary","Token":"token-canary","Expiration":"2099-01-02T02:04:05Z","AccountId":"111111111111"}`
		if status, body := s.send(text); status != 200 || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// TestRefused: what is no SDK's request with the token is refused before anybody asks
// for credentials, and wrong tokens are all answered alike.
func TestRefused(t *testing.T) {
	v := new(vault)
	s, other := open(t, prod(v), Options{}), open(t, prod(v), Options{})
	_, port, _ := net.SplitHostPort(s.host())
	as := func(old, new string) string { return strings.Replace(s.right(), old, new, 1) }
	host := func(name string) string { return as("Host: "+s.host(), "Host: "+name) }
	token := func(text string) string { return as(s.Token().Reveal(), text) }
	for text, want := range map[string]int{
		s.request("/"):                                     401,
		token(""):                                          401,
		token(s.Token().Reveal()[:42]):                     401,
		token(s.Token().Reveal() + "x"):                    401,
		token(other.Token().Reveal()):                      401,
		token("Bearer " + s.Token().Reveal()):              401,
		token(strings.ToLower(s.Token().Reveal()) + "-"):   401,
		s.request("/?Authorization=" + s.Token().Reveal()): 401,
		as("GET", "POST"):                                  405,
		as("GET", "PUT"):                                   405,
		as("GET", "OPTIONS"):                               405,
		as("GET", "HEAD"):                                  405,
		as("GET / ", "GET /prod "):                         403,
		as("GET / ", "GET /role-arn/arn:aws:iam::111111111111:role/admin "): 403,
		as("GET / ", "GET /role-arn/ "):                                     403,
		as("User-Agent", "Origin: http://evil.example\r\nUser-Agent"):       403,
		as("User-Agent", "Origin: null\r\nUser-Agent"):                      403,
		as("User-Agent", "X-Forwarded-For: 10.0.0.1\r\nUser-Agent"):         403,
		as("User-Agent", "Sec-Purpose: prefetch\r\nUser-Agent"):             403,
		host("evil.example"):         403,
		host("evil.example:" + port): 403,
		host("localhost:" + port):    403,
		host("127.0.0.1"):            403,
		host("169.254.170.2"):        403,
		host("127.0.0.1:1"):          403,
		strings.Replace(s.right(), "HTTP/1.1\r\nHost: "+s.host(), "HTTP/1.1", 1): 400,
	} {
		status, body := s.send(text)
		if status != want || strings.Contains(body, "canary") {
			t.Errorf("%q: %d %s", strings.ReplaceAll(text, s.Token().Reveal(), "TOKEN"), status, body)
		}
		if _, unauthorized := s.send(s.request("/")); want == 401 && body != unauthorized {
			t.Errorf("%q is answered %s", strings.ReplaceAll(text, s.Token().Reveal(), "TOKEN"), body)
		}
	}
	if n := v.calls(); n != 0 {
		t.Errorf("the vault was asked %d times", n)
	}
	if status, _ := s.send(s.right()); status != 200 {
		t.Errorf("the right request after all that: %d", status)
	}
}

// TestForeigners: what another user connects with is refused, with the right token too.
func TestForeigners(t *testing.T) {
	v := new(vault)
	s := open(t, prod(v), Options{local: localhttp.Options{Ours: ofNobody}})
	if status, body := s.send(s.right()); status != 403 || body != "" || v.calls() != 0 {
		t.Errorf("%d %s", status, body)
	}
}

// TestGuessing: different wrong tokens end the server, an old one that a program keeps
// showing does not.
func TestGuessing(t *testing.T) {
	s := open(t, prod(new(vault)), Options{})
	for range 3 * maxGuesses {
		if status, _ := s.send(s.request("/", "Authorization: of-a-server-that-has-ended")); status != 401 {
			t.Fatal(status)
		}
	}
	for i := range maxGuesses - 1 {
		if status, _ := s.send(s.request("/", fmt.Sprint("Authorization: ", i))); status != 401 && status != 0 {
			t.Fatal(status)
		}
	}
	wait.For(t, "the server ends", s.Done())
	if status, _ := s.send(s.right()); status != 0 {
		t.Errorf("after that it answers %d", status)
	}
}

// TestRandomRoles: whoever has the token gets no role but those that the config names,
// and nothing is kept of what they ask.
func TestRandomRoles(t *testing.T) {
	v := new(vault)
	token := newToken()
	c := newContainer(prod(v), t.Context(), token, func() {})
	for i := range 10_000 {
		r := httptest.NewRequest(http.MethodGet, fmt.Sprint("/role-arn/", arn, i), nil)
		r.Header.Set("Authorization", token.Reveal())
		w := httptest.NewRecorder()
		c.serve(w, r, localhttp.Peer{})
		if w.Code != 403 {
			t.Fatal(w.Code)
		}
	}
	if v.calls() != 0 || len(c.fetcher.flights) != 0 {
		t.Errorf("the vault was asked %d times, %d fetches are kept", v.calls(), len(c.fetcher.flights))
	}
}

// TestTakenUp: programs of a server that has ended find the next one where it was, and
// it takes their token.
func TestTakenUp(t *testing.T) {
	first := open(t, prod(new(vault)), Options{})
	right := first.right()
	first.Close()
	var port int
	if _, err := fmt.Sscanf(first.host(), "127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	second := open(t, prod(new(vault)), Options{Port: port, Token: first.Token()})
	if status, _ := second.send(right); status != 200 {
		t.Errorf("answered %d", status)
	}
	if _, err := Open(prod(new(vault)), Options{Port: port}); err == nil {
		t.Error("a port that is taken was opened")
	}
}

// TestSlowClients: programs that never finish their request keep no other out.
func TestSlowClients(t *testing.T) {
	s := open(t, prod(new(vault)), Options{})
	for range localhttp.MaxOurs {
		conn, err := net.Dial("tcp", s.host())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "); err != nil {
			t.Fatal(err)
		}
	}
	if status, _ := s.send(s.right()); status != 200 {
		t.Errorf("answered %d", status)
	}
}
