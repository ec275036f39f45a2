package agent

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The request that is written by hand is the one that encoding/json reads.
func TestCredentialsFrame(t *testing.T) {
	asking := vaultcore.Caller{
		Program: "te\"rra", Prompt: vaultcore.PromptNone, Terminal: vaultcore.TerminalAttended,
		Silent: []vaultcore.QuestionKind{vaultcore.AskMFA, vaultcore.AskPassphrase},
	}
	requests := []*inbound{
		{V: protocol, Op: opCredentials},
		filled[CredentialsRequest]().frame(opCredentials),
		{V: protocol, Op: opCredentials, Env: map[string]string{"NO_PROXY": "a\"b", "AWS_REGION": "eu-west-1"}},
		{V: 2, Op: opCredentials, MinTTL: span(90 * time.Second), TTY: true, Terminal: "reachable", Prompt: "auto", Answers: asking.Silent, Program: "x"},
	}
	for _, request := range requests {
		var got inbound
		frame := request.fast().(credentialsFrame).appendFrame(nil)
		if err := json.Unmarshal(frame, &got); err != nil {
			t.Fatalf("%v in %s", err, frame)
		}
		if !reflect.DeepEqual(got, *request) {
			t.Errorf("the request reads %s", frame)
		}
	}
}

// A usual reply is read by hand, and what is unusual is left alone.
func TestParse(t *testing.T) {
	usual := credentialsToWire(CredentialsResult{
		Credentials: vaultcore.Credentials{
			AccessKeyID: "ASIA", SecretAccessKey: vaultcore.NewSecret("s/+="), SessionToken: vaultcore.NewSecret("t"),
			Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), AccountID: "1",
		},
		Region: "eu-west-1",
	})
	frame := usual.appendFrame(nil)
	var got credentialsReply
	if !got.parse(frame[:len(frame)-1]) || !reflect.DeepEqual(got, usual) {
		t.Errorf("not parsed: %s", frame)
	}
}

// FuzzParse holds the hand-written reading to encoding/json: what the one
// accepts, the other reads the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"result":{"access_key_id":"ASIA","secret_access_key":"s","expires":"2026-01-02T03:04:05.5Z"}}`,
		`{"result":{"access_key_id":"ASIA","secret_access_key":"s","warnings":["x"]}}`,
		`{"result":{"region":"a","region":"b"}}`, `{"result":{}}`, `{"result":{"region":"a"},"error":{"code":"locked"}}`,
		`{"result":{"region":"\u0041"}}`, `{"result":{"expires":"yesterday"}}`, `{"result":{"region":"a"`, `{"result":{"region"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var got credentialsReply
		if !got.parse(line) {
			return
		}
		var want outbound[credentialsReply]
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatalf("accepted %q, which is %v", line, err)
		}
		if want.Result == nil || !reflect.DeepEqual(got, *want.Result) {
			t.Errorf("%q is read differently", line)
		}
	})
}
