package agent

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The request that is written by hand is the one that encoding/json reads, and any
// other arrives as well.
func TestRequestFrames(t *testing.T) {
	who := sender{
		TTY: true, Terminal: "reachable", Prompt: "auto", Answers: []vaultcore.QuestionKind{vaultcore.AskMFA, vaultcore.AskPassphrase},
		Program: "te\"rra", Env: map[string]string{"NO_PROXY": "a\"b", "AWS_REGION": "eu-west-1"}, Approves: true, Remote: true,
	}
	for _, who := range []sender{{}, who} {
		for _, row := range table() {
			task, err := row.read([]byte("{}"))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			want := reflect.ValueOf(task.asked()).Elem()
			if _, watch := task.asked().(*watchRequest); !watch {
				fill(want, &n)
			}
			if caller := subjectOf(task.asked()).caller; caller != nil {
				*caller = vaultcore.Caller{}
			}
			frame, err := newRequest(row.operation().Name, task.asked(), who)
			if err != nil {
				t.Fatal(err)
			}
			text := frame.appendFrame(nil)
			var head inbound
			if err := json.Unmarshal(text, &head); err != nil || !reflect.DeepEqual(head, inbound{V: protocol, Op: row.operation().Name, sender: who}) {
				t.Errorf("%v, the request reads %s", err, text)
			}
			got, err := row.read(text)
			if err != nil || !reflect.DeepEqual(got.asked(), task.asked()) {
				t.Errorf("%v, the request reads %s", err, text)
			}
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
	for _, usual.Protected = range []bool{false, true} {
		frame := usual.appendFrame(nil)
		var got credentialsReply
		if !got.parse(frame[:len(frame)-1]) || !reflect.DeepEqual(got, usual) {
			t.Errorf("not parsed: %s", frame)
		}
	}
}

// FuzzParse holds the hand-written reading to encoding/json: what the one
// accepts, the other reads the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"result":{"access_key_id":"ASIA","secret_access_key":"s","expires":"2026-01-02T03:04:05.5Z"}}`,
		`{"result":{"access_key_id":"ASIA","secret_access_key":"s","warnings":["x"]}}`,
		`{"result":{"access_key_id":"ASIA","protected":true}}`, `{"result":{"region":"a","protected":true},"error":{}}`,
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
