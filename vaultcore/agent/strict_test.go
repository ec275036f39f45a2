package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// repeats says by the letter of JSON, read token by token, whether an object of
// it has a name twice.
func repeats(t testing.TB, text []byte) bool {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	found := false
	var value func() error
	value = func() error {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'):
			seen := make(map[string]bool)
			for decoder.More() {
				token, err := decoder.Token()
				if err != nil {
					return err
				}
				name := strings.ToLower(strings.ToUpper(token.(string)))
				found = found || seen[name]
				seen[name] = true
				if err := value(); err != nil {
					return err
				}
			}
			_, err = decoder.Token()
		case json.Delim('['):
			for decoder.More() {
				if err := value(); err != nil {
					return err
				}
			}
			_, err = decoder.Token()
		}
		return err
	}
	if err := value(); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return found
}

// FuzzNames holds that names that come twice are found, and only those, in
// whatever is valid JSON.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `""`, `1`, ` null `, `{"a":1}`, `{"a":1,"a":2}`, `{"a":{"a":1},"b":[{"a":1},{"a":[{"b":1,"\u0062":2}]}]}`,
		`{"a\"":1,"a\\\"":2}`, `[1 , 2.5e-7,true,"x" ]`, `{ "k" : -1 , "K" : 2 }`, `{"ſ":1,"s":2}`, `{"":1,"":2}`,
		`[` + strings.Repeat("7", 200) + `,{"a":` + strings.Repeat("7", 64) + `,"a":1}]`,
		`{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1,"10":1,"11":1,"12":1,"13":1,"14":1,"15":1,"16":1,"17":1,"17":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var any any
		if json.Unmarshal(text, &any) != nil {
			return
		}
		err := checkNames(text, nil)
		if want := repeats(t, text); want != (err != nil) {
			t.Errorf("%q: %v, repeats: %t", text, err, want)
		}
		if err != nil && (!errors.Is(err, vaultcore.ErrRequest) || vaultcore.Hint(err) == "") {
			t.Errorf("%v", err)
		}
	})
}

// TestEveryFieldIsKnown holds that what a client can send is known to the server: a
// frame with every field of each request passes.
func TestEveryFieldIsKnown(t *testing.T) {
	known := requestShape()
	if len(known) < 20 || known["key"]["secret_access_key"] != nil || len(known["key"]) == 0 || len(known["answer"]["error"]) == 0 || known["env"] != nil {
		t.Fatalf("the shape of a request is %v", known)
	}
	var frame inbound
	fillFrame(reflect.ValueOf(&frame).Elem())
	texts := [][]byte{marshal(t, frame)}
	for _, row := range table() {
		request, _ := row.forms()
		for request.Kind() == reflect.Pointer {
			request = request.Elem()
		}
		fields := reflect.New(request).Elem()
		fillFrame(fields)
		texts = append(texts, marshal(t, fields.Interface()))
	}
	credentials := CredentialsRequest{Profile: "x", MinTTL: 1, NoSession: true, Duration: 1, Region: "x"}
	request, err := newRequest("credentials", &credentials, frame.sender)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(texts, request.appendFrame(nil)) {
		if err := checkNames(text, known); err != nil {
			t.Errorf("%v in %s", err, text)
		}
	}
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// fillFrame gives every field a value that is sent.
func fillFrame(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillFrame(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillFrame(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("AWS_REGION"), reflect.ValueOf("x"))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillFrame(v.Field(i))
			}
		}
	}
}

// TestFastReplyTwice holds that the fast way of reading leaves a field that comes
// twice to the way that refuses it.
func TestFastReplyTwice(t *testing.T) {
	for _, line := range []string{
		`{"result":{"access_key_id":"ASIA","secret_access_key":"s","access_key_id":"ASIB"}}`,
		`{"result":{"access_key_id":"","access_key_id":"ASIB","secret_access_key":"s"}}`,
		`{"result":{"expires":"2026-01-02T03:04:05Z","expires":"2027-01-02T03:04:05Z"}}`,
		`{"result":{"expires":"0001-01-01T00:00:00Z","expires":"2027-01-02T03:04:05Z"}}`,
	} {
		if new(credentialsReply).parse([]byte(line)) || checkNames([]byte(line), nil) == nil {
			t.Errorf("read %s", line)
		}
	}
}

func BenchmarkNames(b *testing.B) {
	known := requestShape()
	frame := []byte(`{"v":1,"op":"credentials","profile":"bastion-system","min_ttl":"15m","prompt":"auto","program":"terraform","env":{"AWS_REGION":"eu-central-1"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := checkNames(frame, known); err != nil {
			b.Fatal(err)
		}
	}
}
