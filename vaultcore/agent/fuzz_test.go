package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// valid counts the lines that are requests by the letter of the protocol.
func valid(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		var frame struct {
			V      int
			Op     string
			Answer any
		}
		if json.Unmarshal(line, &frame) == nil && frame.V == 1 && frame.Op != "" && frame.Answer == nil {
			n++
		}
	}
	return n
}

// FuzzFrame sends any bytes to a server: it does not panic or hang, and calls
// its service for nothing but requests. Every reply is a frame.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"op":"status"}` + "\n",
		`{"v":1,"op":"credentials","profile":"bastion-system","min_ttl":"15m","answers":["mfa"],"tty":true}` + "\n",
		`{"v":1,"op":"credentials","profile":"hoge-system","tty":true}` + "\n" + `{"answer":{"id":1,"text":"123456"}}` + "\n",
		`{"v":1,"op":"add","profile":"x","key":{"access_key_id":"AKIA","secret_access_key":"s"}}` + "\n",
		`{"v":1,"op":"setup","profiles":["a"],"command":"/x","apply":true}` + "\n",
		`{"v":2,"op":"status"}` + "\n", "null\n", "\n\n\n", "{", "\x00\xff",
		`{"v":1,"op":"status"}` + "\n" + `{"v":1,"op":"stop"}` + "\n",
		strings.Repeat(`[`, 9000) + "\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		service, _ := fake()
		var log bytes.Buffer
		l := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() {
			server := agent.Server{Service: service, Log: slog.New(slog.NewTextHandler(&log, nil))}
			served <- server.Serve(ctx, l)
		}()
		check(t, l.Addr().String(), data)
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if got, most := len(service.Calls()), valid(data); got > most {
			t.Errorf("%d calls for %d requests", got, most)
		}
		if log.Len() > 0 {
			t.Errorf("it logged %s", log.String())
		}
	})
}

// check sends data and reads all that comes back.
func check(t *testing.T, path string, data []byte) {
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	_, _ = c.Write(data) // fails when the server has had enough
	_ = c.(*net.UnixConn).CloseWrite()
	replies, err := io.ReadAll(c)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Fatal("the server hangs")
	}
	for line := range bytes.Lines(replies) {
		if !json.Valid(line) {
			t.Errorf("it said %q", line)
		}
	}
}

// FuzzReply sends any bytes to a client: it returns, and an error is one that
// a person can read.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		`{"result":{"access_key_id":"ASIA","secret_access_key":"s","session_token":"t","expires":"2026-01-02T03:04:05Z"}}` + "\n",
		`{"ask":{"id":1,"kind":"mfa","more":9999999999}}` + "\n" + `{"withdraw":{"id":1}}` + "\n",
		`{"error":{"code":"locked"}}` + "\n", `{"part":{}}` + "\n" + `{"result":{}}` + "\n", `{"v":7}` + "\n", "\n", "{}",
		`{"result":null}` + "\n", `{"result":[]}` + "\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		client := agent.NewClient(agent.ClientOptions{Dial: func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			go func() {
				_, _ = theirs.Write(data)
				_ = theirs.Close()
			}()
			return ours, nil
		}})
		_, err := client.Credentials(t.Context(), agent.CredentialsRequest{
			Caller: testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
				return vaultcore.NewSecret("1"), nil
			}),
		})
		if err != nil && err.Error() == "" {
			t.Errorf("an error without words: %#v", err)
		}
		if _, err := client.Snapshot(t.Context()); err != nil && err.Error() == "" {
			t.Errorf("an error without words: %#v", err)
		}
	})
}
