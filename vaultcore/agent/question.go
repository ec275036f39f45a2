package agent

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

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

// ask puts a question to the peer's person on behalf of a request. It returns
// vaultcore.ErrCanceled when the person says no, and context.Canceled when the
// request is over or the peer has left: then nobody said anything.
func (p *peer) ask(request, asking context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if request.Err() != nil {
		return vaultcore.Secret{}, request.Err()
	}
	go p.listen()
	id, answers := p.open()
	defer p.forget(id)
	if err := p.writer.send(notice{Ask: questionToWire(id, q)}); err != nil {
		return vaultcore.Secret{}, context.Canceled
	}
	select {
	case a := <-answers:
		return a.secret()
	case <-request.Done():
		return vaultcore.Secret{}, request.Err()
	case <-asking.Done():
		_ = p.writer.send(notice{Withdraw: &withdrawal{ID: id}})
		return vaultcore.Secret{}, asking.Err()
	}
}

// secret is what the person said.
func (a *wireAnswer) secret() (vaultcore.Secret, error) {
	switch {
	case a.Canceled:
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	case a.Error != nil:
		return vaultcore.Secret{}, a.Error.fault()
	default:
		return vaultcore.NewSecret(string(a.Text)), nil
	}
}

// open registers a question and returns where its answer will come.
func (p *peer) open() (int, <-chan *wireAnswer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.questions == nil {
		p.questions = make(map[int]chan *wireAnswer)
	}
	p.lastID++
	answers := make(chan *wireAnswer, 1)
	p.questions[p.lastID] = answers
	return p.lastID, answers
}

func (p *peer) forget(id int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.questions, id)
}

// deliver hands an answer to its question. An answer to a question that is no
// longer open was overtaken by its withdrawal.
func (p *peer) deliver(a *wireAnswer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answers, ok := p.questions[a.ID]; ok {
		delete(p.questions, a.ID)
		answers <- a
	}
}
