package credserver

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

func newStanding(t *testing.T) *Standing {
	s := NewStanding(filepath.Join(t.TempDir(), "c"), func() {})
	t.Cleanup(func() { s.Stop() })
	return s
}

func (s *Standing) mustServe(t *testing.T, name string, containers bool) Endpoint {
	t.Helper()
	p := prod(new(vault))
	p.Name = name
	place, err := s.Serve(p, containers)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// What is served goes on until one of those says so who have it go on.
func TestStandingUntil(t *testing.T) {
	s, first, second := newStanding(t), make(chan struct{}), make(chan struct{})
	for _, until := range []chan struct{}{nil, first, second} {
		p := prod(new(vault))
		p.Until = until
		if _, err := s.Serve(p, false); err != nil {
			t.Fatal(err)
		}
	}
	server := s.find("prod").Server
	close(second)
	wait.For(t, "the server ends", server.Done())
	s.mustServe(t, "prod", false)
	if again := s.find("prod"); again == nil || again.Server == server {
		t.Error("it cannot be served again")
	}
}

// sendTo sends a request as it is written to any address; 0 is for no answer.
func sendTo(network, address, text string) (int, string) {
	conn, err := net.Dial(network, address)
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

func ask(host, path, token string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: " + token + "\r\n\r\n"
}

// at asks where a place says that programs of this machine ask.
func (p Endpoint) at(token string) int {
	host := strings.TrimPrefix(p.Address, "http://")
	status, _ := sendTo("tcp", host, ask(host, "/", token))
	return status
}

// TestStanding: each profile has a token of its own, keeps it while it is served, and is
// gone with its end.
func TestStanding(t *testing.T) {
	s := newStanding(t)
	one, two := s.mustServe(t, "prod", false), s.mustServe(t, "本番/管理者", false)
	if again := s.mustServe(t, "prod", false); again.Address != one.Address || !again.Token.Equal(one.Token) {
		t.Error("what is served already got another address or token")
	}
	for _, test := range []struct {
		place Endpoint
		token string
		want  int
	}{
		{one, one.Token.Reveal(), 200}, {two, two.Token.Reveal(), 200}, {one, two.Token.Reveal(), 401}, {two, one.Token.Reveal(), 401},
	} {
		if got := test.place.at(test.token); got != test.want {
			t.Errorf("%s: %d, want %d", test.place.Address, got, test.want)
		}
	}
	if list := s.List(); len(list) != 2 || list[0].Profile != "prod" || list[0].Containers || time.Since(list[0].Since) > time.Hour {
		t.Errorf("listed as %+v", list)
	}
	if n := s.Stop("prod", "nosuch"); n != 1 || one.at(one.Token.Reveal()) != 0 || two.at(two.Token.Reveal()) != 200 {
		t.Errorf("%d ended", n)
	}
	if again := s.mustServe(t, "prod", false); again.Token.Equal(one.Token) {
		t.Error("a token has come back")
	}
	if n := s.Stop(); n != 2 || len(s.List()) != 0 || two.at(two.Token.Reveal()) != 0 {
		t.Errorf("%d ended", n)
	}
}

// TestContainersAreServed: by both ways of a relay, which passes on requests that name
// its own address, and only those profiles that are for containers.
func TestContainersAreServed(t *testing.T) {
	s := newStanding(t)
	hidden := s.mustServe(t, "hidden", false)
	one, two := s.mustServe(t, "prod", true), s.mustServe(t, "本番/管理者", true)
	if one.Relay.Address != "http://169.254.170.2/prod" || two.Relay.Port != one.Relay.Port {
		t.Errorf("%+v, %+v", one.Relay, two.Relay)
	}
	ways := map[string]string{"tcp": net.JoinHostPort("127.0.0.1", strconv.Itoa(one.Relay.Port))}
	if runtime.GOOS == "linux" {
		ways["unix"] = filepath.Join(one.Relay.Folder, "credentials.sock")
	}
	path := func(p Endpoint) string { return strings.TrimPrefix(p.Relay.Address, "http://"+ContainerHost) }
	for network, address := range ways {
		for _, test := range []struct {
			host, path, token string
			want              int
		}{
			{ContainerHost, path(one), one.Token.Reveal(), 200},
			{ContainerHost, path(one) + "/", one.Token.Reveal(), 200},
			{ContainerHost, path(two), two.Token.Reveal(), 200},
			{ContainerHost, path(one) + "/role-arn/" + arn, one.Token.Reveal(), 200},
			{ContainerHost, path(one) + "/role-arn/" + arn + "x", one.Token.Reveal(), 403},
			{ContainerHost, path(one), two.Token.Reveal(), 401},
			{ContainerHost, "/hidden", hidden.Token.Reveal(), 401},
			{ContainerHost, "/nosuch", one.Token.Reveal(), 401},
			{ContainerHost, "/", one.Token.Reveal(), 401},
			{ContainerHost + ":80", path(one), one.Token.Reveal(), 403},
			{"127.0.0.1:" + strconv.Itoa(one.Relay.Port), path(one), one.Token.Reveal(), 403},
			{"evil.example", path(one), one.Token.Reveal(), 403},
		} {
			if got, body := sendTo(network, address, ask(test.host, test.path, test.token)); got != test.want {
				t.Errorf("by %s, %s at %s: %d %s, want %d", network, test.path, test.host, got, body, test.want)
			}
		}
	}
	s.Stop("prod", "本番/管理者")
	for network, address := range ways {
		for { // the listeners are closed aside
			if got, _ := sendTo(network, address, ask(ContainerHost, path(one), one.Token.Reveal())); got == 0 {
				break
			} else if got != 401 {
				t.Fatalf("by %s after the end: %d", network, got)
			}
		}
	}
	if again := s.mustServe(t, "prod", true); again.Relay.Folder != one.Relay.Folder {
		t.Errorf("the next socket is in %s", again.Relay.Folder)
	}
}

// TestGuessedStanding: a profile whose token somebody guesses at is served no more, and
// the others are.
func TestGuessedStanding(t *testing.T) {
	changed := make(chan struct{}, 1000)
	s := NewStanding(t.TempDir(), func() { changed <- struct{}{} })
	defer s.Stop()
	one, two := s.mustServe(t, "prod", false), s.mustServe(t, "dev", false)
	for i := range maxGuesses {
		one.at(strconv.Itoa(i))
	}
	for range changed {
		if len(s.List()) == 1 {
			break
		}
	}
	if one.at(one.Token.Reveal()) != 0 || two.at(two.Token.Reveal()) != 200 {
		t.Error("the wrong one has ended")
	}
}
