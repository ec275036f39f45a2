package agent

import "github.com/vaultbar/vaultbar/vaultcore"

// maxNamed is how many of those who wait for an answer are named on the wire.
// The rest are counted: two hundred names would help nobody.
const maxNamed = 10

// wireQuestion is a question on the wire. Text, Who, Hidden and Twice follow
// from the other fields; they spare a client in another language the wording.
type wireQuestion struct {
	ID      int                    `json:"id,omitempty"`
	Kind    vaultcore.QuestionKind `json:"kind"`
	Profile string                 `json:"profile,omitempty"`
	Device  string                 `json:"device,omitempty"`
	Notice  string                 `json:"notice,omitempty"`
	Again   bool                   `json:"again,omitempty"`
	Waiting []wireCaller           `json:"waiting,omitempty"`
	More    int                    `json:"more,omitempty"` // who else waits
	Subject string                 `json:"subject,omitempty"`
	Choices []wireChoice           `json:"choices,omitempty"`

	Text   string `json:"text"`
	Who    string `json:"who,omitempty"`
	Hidden bool   `json:"hidden,omitempty"` // do not echo the answer
	Twice  bool   `json:"twice,omitempty"`  // have it typed twice
}

// wireChoice is one answer of an approval; the first is the refusal.
type wireChoice struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// wireCaller names a program that waits.
type wireCaller struct {
	PID     int    `json:"pid,omitempty"`
	Program string `json:"program,omitempty"`
	Dir     string `json:"dir,omitempty"`
	Profile string `json:"profile,omitempty"`
}

func questionToWire(id int, q vaultcore.Question) *wireQuestion {
	w := &wireQuestion{
		ID: id, Kind: q.Kind, Profile: q.Profile, Device: q.Device, Notice: q.Notice, Again: q.Again,
		Text: q.Text(), Who: q.Who(), Hidden: q.Hidden(), Twice: q.Kind == vaultcore.AskNewPassphrase,
	}
	named := min(len(q.Waiting), maxNamed)
	for _, c := range q.Waiting[:named] {
		c = c.Named()
		w.Waiting = append(w.Waiting, wireCaller{c.PID, c.Program, c.Dir, c.Profile})
	}
	w.More = len(q.Waiting) - named
	w.Subject = q.Subject
	for _, c := range q.Choices {
		w.Choices = append(w.Choices, wireChoice(c))
	}
	return w
}

// maxWaiting bounds what a peer can make us allocate by a number alone.
const maxWaiting = 10_000

func (w *wireQuestion) question() vaultcore.Question {
	q := vaultcore.Question{Kind: w.Kind, Profile: w.Profile, Device: w.Device, Notice: w.Notice, Again: w.Again, Subject: w.Subject}
	for _, c := range w.Choices {
		q.Choices = append(q.Choices, vaultcore.Choice(c))
	}
	for _, c := range w.Waiting {
		q.Waiting = append(q.Waiting, vaultcore.Caller{PID: c.PID, Program: c.Program, Dir: c.Dir, Profile: c.Profile})
	}
	if w.More > 0 {
		q.Waiting = append(q.Waiting, make([]vaultcore.Caller, min(w.More, maxWaiting))...)
	}
	return q
}
