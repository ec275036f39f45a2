package agent

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// This file has the frames that every program waits for, a request for
// credentials and its reply, written and read by hand: encoding/json takes a
// tenth of a command's whole life to learn their types. So is what all requests
// have in common. Tests and fuzzing hold
// it to what that package makes of the same frames, and what is out of the
// ordinary is left to that package.

// appender is a frame that writes itself, newline included. Its room is enough
// for it where nothing needs escapes: a buffer that grows leaves behind, not
// wiped, what was in it.
type appender interface {
	appendFrame([]byte) []byte
	room() int
}

// structure is more than the names and marks of a frame take.
const structure = 512

// requestFrame is a request on the wire: what every frame has, the fields of the
// request, and who asks.
type requestFrame struct {
	op     string
	fields []byte // with a comma before each
	sender
}

// newRequest makes the frame of a request.
func newRequest(op string, request any, who sender) (*requestFrame, error) {
	frame := &requestFrame{op: op, sender: who}
	switch request := request.(type) {
	case *none, *watchRequest:
	case *CredentialsRequest:
		frame.fields = request.appendFields(nil)
	default:
		object, err := json.Marshal(formOf(request))
		if err != nil {
			return nil, err
		}
		if object = object[:len(object)-1]; len(object) > 1 {
			object[0] = ','
			frame.fields = object
		}
	}
	return frame, nil
}

// appendFields appends the fields of a request for credentials as encoding/json
// would.
func (r *CredentialsRequest) appendFields(b []byte) []byte {
	b = appendField(b, `,"profile":`, r.Profile)
	b = appendSpan(b, `,"min_ttl":`, r.MinTTL)
	b = appendFlag(b, `,"no_session":true`, r.NoSession)
	b = appendSpan(b, `,"duration":`, r.Duration)
	return appendField(b, `,"region":`, r.Region)
}

// appendFrame appends the request as encoding/json would.
func (f *requestFrame) appendFrame(b []byte) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, protocol, 10)
	b = appendField(b, `,"op":`, f.op)
	b = append(b, f.fields...)
	clear(f.fields)
	b = appendFlag(b, `,"tty":true`, f.TTY)
	b = appendField(b, `,"terminal":`, string(f.Terminal))
	b = appendField(b, `,"prompt":`, string(f.Prompt))
	b = appendList(b, `,"answers":`, f.Answers)
	b = appendField(b, `,"program":`, f.Program)
	b = appendEnvironment(b, f.Env)
	b = appendFlag(b, `,"approves":true`, f.Approves)
	b = appendFlag(b, `,"remote":true`, f.Remote)
	return append(b, "}\n"...)
}

func (f *requestFrame) room() int {
	n := structure + len(f.fields) + len(f.Program)
	for name, value := range f.Env {
		n += len(name) + len(value) + len(`"":"",`)
	}
	return n
}

// appendEnvironment appends the variables in the order in which encoding/json
// has them.
func appendEnvironment(b []byte, env map[string]string) []byte {
	if len(env) == 0 {
		return b
	}
	b = append(b, `,"env":`...)
	between := byte('{')
	for _, name := range slices.Sorted(maps.Keys(env)) {
		b = append(appendText(append(b, between), name), ':')
		b = appendText(b, env[name])
		between = ','
	}
	return append(b, '}')
}

// protectedField is the last one of a reply, where it is there.
const protectedField = `,"protected":true`

// appendFrame appends the result frame that encoding/json would make.
func (r credentialsReply) appendFrame(b []byte) []byte {
	b = append(b, `{"result":{"access_key_id":`...)
	b = appendText(b, r.AccessKeyID)
	b = append(b, `,"secret_access_key":`...)
	b = appendText(b, string(r.SecretAccessKey))
	b = appendField(b, `,"session_token":`, string(r.SessionToken))
	if !r.Expires.IsZero() {
		b = append(b, `,"expires":"`...)
		b = r.Expires.AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
	}
	b = appendField(b, `,"account_id":`, r.AccountID)
	b = appendField(b, `,"region":`, r.Region)
	b = appendList(b, `,"warnings":`, r.Warnings)
	b = appendFlag(b, protectedField, r.Protected)
	return append(b, "}}\n"...)
}

func (r credentialsReply) room() int {
	n := structure + len(r.AccessKeyID) + len(r.SecretAccessKey) + len(r.SessionToken)
	for _, warning := range r.Warnings {
		n += len(warning) + len(`"",`)
	}
	return n
}

// appendField appends a field that is left out when it is empty.
func appendField(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(b, name...), text)
}

func appendSpan(b []byte, name string, d time.Duration) []byte {
	if d == 0 {
		return b
	}
	return appendText(append(b, name...), d.String())
}

func appendFlag(b []byte, field string, set bool) []byte {
	if !set {
		return b
	}
	return append(b, field...)
}

func appendList[T ~string](b []byte, name string, list []T) []byte {
	for i, text := range list {
		if i == 0 {
			b = append(append(b, name...), '[')
		} else {
			b = append(b, ',')
		}
		b = appendText(b, string(text))
	}
	if len(list) > 0 {
		b = append(b, ']')
	}
	return b
}

// appendText appends a JSON string.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(text)
			if err != nil { // no string can fail; an empty one is still valid JSON
				quoted = strconv.AppendQuote(nil, "")
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// parse reads a reply that is nothing but plain strings, and the flag at its end, as
// [credentialsReply] writes it, and says whether this was one.
func (r *credentialsReply) parse(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte(`{"result":{`))
	for ok {
		var name, text []byte
		if name, rest, ok = plainText(rest, ':'); !ok {
			break
		}
		if text, rest, ok = plainText(rest, 0); !ok || !r.set(string(name), string(text)) {
			return false
		}
		r.Protected = string(rest) == protectedField+"}}"
		if r.Protected || string(rest) == "}}" {
			return true
		}
		rest, ok = bytes.CutPrefix(rest, []byte(","))
	}
	return false
}

// plainText takes a string without escapes from the front, and the character after
// it where there is to be one.
func plainText(b []byte, after byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	for i, c := range b[1:] {
		if c == '"' {
			text, rest = b[1:i+1], b[i+2:]
			break
		}
		if c == '\\' || c < ' ' || c >= 0x7f {
			return nil, nil, false
		}
	}
	switch {
	case rest == nil:
		return nil, nil, false
	case after == 0:
		return text, rest, true
	case len(rest) == 0 || rest[0] != after:
		return nil, nil, false
	}
	return text, rest[1:], true
}

// set gives a field its text, unless it is not known, not plain, or has one.
func (r *credentialsReply) set(name, text string) bool {
	switch name {
	case "access_key_id":
		return setOnce(&r.AccessKeyID, text)
	case "secret_access_key":
		return setOnce(&r.SecretAccessKey, revealed(text))
	case "session_token":
		return setOnce(&r.SessionToken, revealed(text))
	case "account_id":
		return setOnce(&r.AccountID, text)
	case "region":
		return setOnce(&r.Region, text)
	case "expires":
		return r.Expires.IsZero() && r.Expires.UnmarshalText([]byte(text)) == nil && !r.Expires.IsZero()
	}
	return false
}

func setOnce[T ~string](field *T, text T) bool {
	if *field != "" || text == "" {
		return false
	}
	*field = text
	return true
}
