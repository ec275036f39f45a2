package agent_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// line is a hand-made client.
type line struct {
	net.Conn
	*bufio.Scanner
}

func dial(t testing.TB, reach func(context.Context) (net.Conn, error)) *line {
	t.Helper()
	c, err := reach(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s := bufio.NewScanner(c)
	s.Buffer(nil, 1<<20)
	return &line{c, s}
}

// say sends a frame and returns the next one.
func (l *line) say(t testing.TB, frame string) string {
	t.Helper()
	if _, err := io.WriteString(l, frame+"\n"); err != nil {
		t.Fatal(err)
	}
	return l.hear(t)
}

func (l *line) hear(t testing.TB) string {
	t.Helper()
	_ = l.SetReadDeadline(time.Now().Add(30 * time.Second))
	if !l.Scan() {
		t.Fatalf("the connection ended: %v", l.Err())
	}
	return l.Text()
}

// ended fails unless the server closes the connection.
func (l *line) ended(t testing.TB) {
	t.Helper()
	_ = l.SetReadDeadline(time.Now().Add(30 * time.Second))
	if l.Scan() {
		t.Fatalf("the connection goes on with %q", l.Text())
	}
	if err := l.Err(); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the connection stays open")
	}
}

// code is the error code of a frame.
func code(t testing.TB, frame string) string {
	t.Helper()
	var f struct {
		Error struct{ Code string }
	}
	if err := json.Unmarshal([]byte(frame), &f); err != nil {
		t.Fatalf("%q: %v", frame, err)
	}
	return f.Error.Code
}

// TestFrames compares what the server says to each kind of frame with a golden file. It
// ends the connection after it.
func TestFrames(t *testing.T) {
	const ok = ""
	tests := []struct {
		name, frame, code string
	}{
		{"plain", `{"v":1,"op":"status"}`, ok},
		{"hints of a newer minor version", `{"v":1,"op":"status","hint_caps":["x"],"hint_extra":{"y":1}}`, ok},
		{"limit of a newer minor version", `{"v":1,"op":"credentials","source_ip":"10.0.0.1"}`, "version"},
		{"limit within a field", `{"v":1,"op":"add","key":{"access_key_id":"AKIA","secret_access_key":"s","until":"noon"}}`, "version"},
		{"limit of a newer major version", `{"v":2,"op":"status","source_ip":"10.0.0.1"}`, "version"},
		{"name that is none", `{"v":1,"op":"status","AKIA0123":"x"}`, "version"},
		{"twice", `{"v":1,"op":"status","op":"stop"}`, "request"},
		{"twice, with an escape", `{"v":1,"op":"status","o\u0070":"stop"}`, "request"},
		{"twice, in capitals", `{"v":1,"op":"status","OP":"stop"}`, "request"},
		{"in capitals", `{"v":1,"OP":"stop"}`, "version"},
		{"twice within a field", `{"v":1,"op":"add","key":{"access_key_id":"AKIA","access_key_id":"AKIB","secret_access_key":"s"}}`, "request"},
		{"variable twice", `{"v":1,"op":"status","env":{"AWS_REGION":"a","AWS_REGION":"b"}}`, "request"},
		{"answer twice", `{"answer":{"id":1,"text":"1","text":"2"}}`, "request"},
		{"unknown way to answer", `{"v":1,"op":"status","answers":["retina"],"terminal":"hologram"}`, ok},
		{"operation of a newer minor version", `{"v":1,"op":"teleport"}`, "version"},
		{"newer major version", `{"v":2,"op":"status"}`, "version"},
		{"older major version", `{"v":-1,"op":"status"}`, "version"},
		{"no version", `{"op":"status"}`, "request"},
		{"no operation", `{"v":1}`, "request"},
		{"no JSON", `GET / HTTP/1.1`, "request"},
		{"half of JSON", `{"v":1,"op":"sta`, "request"},
		{"empty line", ``, "request"},
		{"null", `null`, "request"},
		{"a list", `[1]`, "request"},
		{"two values", `{"v":1,"op":"status"}{}`, "request"},
		{"wrong type", `{"v":1,"op":"credentials","profile":7}`, "request"},
		{"wrong duration", `{"v":1,"op":"credentials","min_ttl":"soon"}`, "request"},
		{"negative duration", `{"v":1,"op":"credentials","min_ttl":"-1s"}`, "request"},
		{"unknown prompt mode", `{"v":1,"op":"credentials","prompt":"telepathy"}`, "request"},
		{"operation with controls", "{\"v\":1,\"op\":\"a\\u202eb\\n\"}", "version"},
		{"no such profile", `{"v":1,"op":"credentials","profile":"x"}`, "no-profile"},
		{"binary", "\x00\xff\xfe{", "request"},
	}
	f, _ := fake()
	reach := serve(t, &agent.Server{Service: f})
	var b strings.Builder
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, reach)
			got := c.say(t, test.frame)
			if code(t, got) != test.code || test.code == ok && !strings.HasPrefix(got, `{"result":{"version":"1"`) {
				t.Errorf("got %s, want code %q", got, test.code)
			}
			if test.code != ok {
				fmt.Fprintf(&b, "%s\n    %s\n", test.name, got)
			}
			c.ended(t)
		})
	}
	golden.Check(t, "frames.golden", b.String())
}

// answering makes a server that says exactly these lines to any request.
func answering(t *testing.T, lines ...string) *agent.Client {
	l := listen(t)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			bufio.NewScanner(c).Scan()
			_, _ = io.WriteString(c, strings.Join(lines, "\n"))
			_ = c.Close()
		}
	}()
	return agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.Addr().String())
	}})
}

// What a client makes of the replies of servers of other versions, and of none.
func TestReplies(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		kind  error
		text  string // of the server
	}{
		{"plain", []string{`{"result":{"version":"9"}}`, ``}, nil, ""},
		{"unknown fields", []string{`{"result":{"version":"9","new":[1]},"more":1}`, ``}, nil, ""},
		{"unknown frames before", []string{`{"progress":{"percent":3}}`, `{"result":{"version":"9"}}`, ``}, nil, ""},
		{"withdrawal of nothing", []string{`{"withdraw":{"id":4}}`, `{"result":{"version":"9"}}`, ``}, nil, ""},
		{"newer major version", []string{`{"v":2,"outcome":{}}`, ``}, vaultcore.ErrVersion, ""},
		{"older major version", []string{`{"v":-1,"outcome":{}}`, ``}, vaultcore.ErrVersion, ""},
		{"newer server's refusal", []string{`{"v":2,"error":{"code":"version","message":"update vaultbar"}}`, ``}, vaultcore.ErrVersion, "update vaultbar"},
		{"code of a newer version", []string{`{"error":{"code":"eclipse","message":"the sun is gone","hint":"wait"}}`, ``}, nil, "the sun is gone"},
		{"error without words", []string{`{"error":{"code":"locked"}}`, ``}, vaultcore.ErrLocked, ""},
		{"no JSON", []string{`HTTP/1.1 400 Bad Request`, ``}, vaultcore.ErrVersion, ""},
		{"wrong types", []string{`{"result":{"pid":"x"}}`, ``}, vaultcore.ErrVersion, ""},
		{"twice", []string{`{"result":{"version":"9","version":"8"}}`, ``}, vaultcore.ErrVersion, ""},
		{"two results", []string{`{"result":{"version":"9"},"result":{"version":"8"}}`, ``}, vaultcore.ErrVersion, ""},
		{"endless", []string{strings.Repeat("x", 300<<10), ``}, vaultcore.ErrVersion, ""},
		{"nothing", nil, vaultcore.ErrUnreachable, ""},
		{"half a line", []string{`{"result":{"ver`}, vaultcore.ErrUnreachable, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, err := answering(t, test.lines...).Status(t.Context())
			switch {
			case test.kind == nil && test.text == "":
				if err != nil || status.Version != "9" {
					t.Errorf("got %+v, %v", status, err)
				}
			case err == nil || err.Error() == "" || !strings.Contains(err.Error(), test.text):
				t.Errorf("got %v, want %q", err, test.text)
			case test.kind != nil && !errors.Is(err, test.kind):
				t.Errorf("%v is not %v", err, test.kind)
			}
		})
	}
}

// One request a connection: a second one ends it, and the first.
func TestNoSecondRequest(t *testing.T) {
	f, _ := fake()
	hold, waiting := make(chan struct{}), make(chan struct{}, 1)
	f.Hold, f.Waiting = hold, waiting
	defer close(hold)
	c := dial(t, serve(t, &agent.Server{Service: f}))
	request := fmt.Sprintf(`{"v":1,"op":"credentials","profile":%q}`, testkit.BaseProfile)
	_, _ = io.WriteString(c, request+"\n")
	wait.For(t, "the service waits", waiting)
	if got := c.say(t, request); code(t, got) != "request" {
		t.Errorf("got %s", got)
	}
}

// A question goes out in the documented shape and its answer comes back; an
// answer to another question does no harm.
func TestAskFrame(t *testing.T) {
	f, _ := fake()
	c := dial(t, serve(t, &agent.Server{Service: f, Describe: func(net.Conn) vaultcore.Caller {
		return vaultcore.Caller{PID: 7, Program: "seen", Dir: "~/infra"}
	}}))
	ask := c.say(t, fmt.Sprintf(`{"v":1,"op":"credentials","profile":%q,"prompt":"auto","tty":true,"program":"terraform"}`, testkit.RoleProfile))
	want := `{"ask":{"id":1,"kind":"mfa","profile":"bastion-system","device":"arn:aws:iam::111111111111:mfa/ann",` +
		`"waiting":[{"pid":7,"program":"terraform","dir":"~/infra"}],` +
		`"text":"MFA code for bastion-system (arn:aws:iam::111111111111:mfa/ann)",` +
		`"who":"terraform (in ~/infra) is asking for bastion-system."}}`
	if ask != want {
		t.Errorf("got  %s\nwant %s", ask, want)
	}
	_, _ = io.WriteString(c, `{"answer":{"id":99,"text":"666666"}}`+"\n")
	again := c.say(t, `{"answer":{"id":1,"text":"000000"}}`)
	if !strings.Contains(again, `"id":2`) || !strings.Contains(again, `"notice":"AWS refused`) || !strings.Contains(again, `"again":true`) {
		t.Errorf("after a wrong answer: %s", again)
	}
	if got := c.say(t, `{"answer":{"id":2,"canceled":true}}`); code(t, got) != "canceled" {
		t.Errorf("after a canceled one: %s", got)
	}
	c.ended(t)
}
