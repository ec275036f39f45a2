package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Kind is what an [Entry] is about.
type Kind string

// The kinds of entry.
const (
	Issue    Kind = "issue"    // credentials were issued, or a console was opened
	Refusal  Kind = "refusal"  // credentials that were not issued
	Approval Kind = "approval" // a person allowed something, or did not
	SignIn   Kind = "sign-in"  // and sign-outs
	Session  Kind = "session"  // sessions that were renewed or ended with nothing issued
	Key      Kind = "key"      // a long-term key came or went
	Setting  Kind = "setting"
	Config   Kind = "config" // the AWS config file was changed
	Lock     Kind = "lock"   // and unlocks
	App      Kind = "app"    // the app ends
	Change   Kind = "change" // any other operation that is not harmless
	Record   Kind = "trail"  // about the trail itself
)

// Done is the outcome of what came about. The others are the codes of [agent.Code].
const Done = "done"

// Entry is one line of the trail. The names of its fields are for programs that join it
// with CloudTrail: access_key_id is userIdentity.accessKeyId there.
type Entry struct {
	Number    int64     `json:"n"` // counts up by one from line to line
	Time      time.Time `json:"time"`
	Kind      Kind      `json:"kind"`
	Operation string    `json:"operation"` // as the protocol calls it
	Profile   string    `json:"profile,omitempty"`
	Outcome   string    `json:"outcome"`
	Reason    string    `json:"reason,omitempty"` // why it did not come about
	// Caller is who asked, then who started that, and so on. Where no rule needed to know
	// that, it is one: the process that connected, by the name of the program for which it
	// asks.
	Caller []Process `json:"caller,omitempty"`
	// Agent is the AI agent that asked, or for which the caller works; empty for none, and
	// where no rule needed to know.
	Agent string `json:"agent,omitempty"`
	// Allowed is how it was allowed: which answer the person gave to an approval, of this
	// use or of an [Approval] itself ("once", "hour", "runs", "always"), an earlier
	// "grant", or the "settings"; else by what needs no approval: a "click" of the person in
	// the menu, a "terminal" at which a person sits, any "program" of theirs. What Vaultbar
	// does of itself says for what reason: [ByStart] and the like.
	Allowed string `json:"allowed,omitempty"`
	// Grant is the id of the grant that it rests on, or that the answer has made. Ids begin
	// anew with each run of the app.
	Grant       int        `json:"grant,omitempty"`
	Account     string     `json:"account,omitempty"` // 12 digits
	Role        string     `json:"role,omitempty"`
	SessionName string     `json:"session_name,omitempty"`  // RoleSessionName
	AccessKeyID string     `json:"access_key_id,omitempty"` // whole: it is no secret
	Expires     *time.Time `json:"expires,omitempty"`       // of what was handed out; none for a long-term key
	Detail      string     `json:"detail,omitempty"`        // what else there is to say, for a person
	Previous    string     `json:"previous,omitempty"`      // in the first line of a file: the hash of the line before
}

// Why Vaultbar does something of itself, in [Entry.Allowed].
const (
	ByStart  = "start"  // it was so when the app ended before
	ByScreen = "screen" // the screen was locked
	BySleep  = "sleep"  // the machine fell asleep
	ByIdle   = "idle"   // nobody was there for long
	ByFile   = "file"   // the file was changed, by whoever could

	ByRotation = "rotation" // the time had come at which a rotation deletes the old key
	BySweep    = "sweep"    // the keychain could not do it before
)

// Process is a program that asked, or that leads to one.
type Process struct {
	PID       int    `json:"pid,omitempty"`
	Started   uint64 `json:"started,omitempty"` // in units of the system: with PID it is this process and no later one
	Program   string `json:"program,omitempty"` // what a person calls it: a hint, no proof
	Path      string `json:"path,omitempty"`    // its executable
	Dir       string `json:"dir,omitempty"`     // its working directory, home shortened to ~
	Terminal  string `json:"terminal,omitempty"`
	Leads     bool   `json:"session_leader,omitempty"`
	Messenger bool   `json:"messenger,omitempty"`  // it only carries messages for the program that started it
	TypedInto bool   `json:"typed_into,omitempty"` // it is a shell that a person types into
	Sandbox   string `json:"sandbox,omitempty"`    // the container or sandbox that it runs in
}

// What says in a word or two what was done or refused, harmless to show.
func (e Entry) What() string {
	what := e.Operation
	switch {
	case e.Kind == Record:
		what = string(Record)
	case e.Operation == "login":
		what = "console"
	}
	if e.Kind == Refusal {
		what = "no " + what
	}
	return vaultcore.Printable(what)
}

// Line is an entry, and the line that it was read from.
type Line struct {
	Entry
	Text []byte // valid until the next line
}

// Mark stands before the hash at the end of a line, which is the entry as JSON: the hash
// is over that of the line before and over the line up to the mark, in hexadecimal
// digits.
const Mark = `,"hash":"`

// hashSize is how many digits a hash has.
const hashSize = 64

// errNoLine is the failure to read a line.
var errNoLine = errors.New("not a line of the trail")

// Parse reads a line: its entry, what was hashed, and the hash that it says.
func Parse(text []byte) (e Entry, body []byte, hash string, err error) {
	const end = `"}`
	at := len(text) - len(end) - hashSize - len(Mark)
	if at < 0 || !bytes.HasSuffix(text, []byte(end)) || string(text[at:at+len(Mark)]) != Mark {
		return e, nil, "", errNoLine
	}
	body, hash = text[:at], string(text[at+len(Mark):len(text)-len(end)])
	if json.Unmarshal(append(body[:at:at], '}'), &e) != nil {
		return e, nil, "", errNoLine
	}
	return e, body, hash, nil
}
