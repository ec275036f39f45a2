package agent

import "github.com/vaultbar/vaultbar/vaultcore"

const (
	// maxNamed is how many of those who wait for an answer are named on the wire.
	// The rest are counted: two hundred names would help nobody.
	maxNamed = 10
	// maxWaiting bounds what a peer can make us allocate by a number alone.
	maxWaiting = 10_000
)

// wireQuestion is a question on the wire. Text, Who, Hidden and Twice follow
// from the other fields; they spare a client in another language the wording.
type wireQuestion struct {
	ID int `json:"id,omitempty"`
	vaultcore.Question
	More int `json:"more,omitempty"` // who else waits

	Text   string `json:"text"`
	Who    string `json:"who,omitempty"`
	Hidden bool   `json:"hidden,omitempty"` // do not echo the answer
	Twice  bool   `json:"twice,omitempty"`  // have it typed twice
}

func questionToWire(id int, q vaultcore.Question) *wireQuestion {
	w := &wireQuestion{ID: id, Text: q.Text(), Who: q.Who(), Hidden: q.Hidden(), Twice: q.Kind == vaultcore.AskNewPassphrase}
	named := min(len(q.Waiting), maxNamed)
	w.More = len(q.Waiting) - named
	w.Question = q
	w.Question.Waiting = nil
	for _, c := range q.Waiting[:named] {
		w.Question.Waiting = append(w.Question.Waiting, c.Named())
	}
	return w
}

func (w *wireQuestion) question() vaultcore.Question {
	q := w.Question
	if w.More > 0 {
		q.Waiting = append(q.Waiting, make([]vaultcore.Caller, min(w.More, maxWaiting))...)
	}
	return q
}
