package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// carryOut answers a request. It says whether another goroutine has taken over
// the reading meanwhile.
func (p *peer) carryOut(in *inbound, task *task) (replaced bool) {
	reply, err := p.run(p.left, in, task)
	replaced = p.finish()
	if err != nil {
		p.writer.fail(p.told(err))
		return replaced
	}
	p.writer.result(reply)
	return replaced
}

// run carries out one request. Its context ends with it.
func (p *peer) run(ctx context.Context, in *inbound, task *task) (reply any, err error) {
	if in.Op == opHello {
		return helloReply{p.Version}, nil
	}
	if task == nil {
		return nil, unknownOperation(in.Op)
	}
	if err := in.checkPrompt(); err != nil {
		return nil, err
	}
	env, err := vaultcore.NewEnvironment(in.Env)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(vaultcore.WithEnvironment(ctx, env))
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil {
			p.log.Error("a request failed inside", "op", in.Op, "panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			reply, err = nil, errBroken
		}
	}()
	about := subjectOf(task.request)
	if about.caller != nil {
		*about.caller = p.callerOf(ctx, in)
	} else {
		ctx = withCaller(ctx, func() vaultcore.Caller { return p.callerOf(ctx, in) })
	}
	if watch, ok := task.request.(*watchRequest); ok {
		watch.changed = func() { _ = p.writer.send(outbound[none]{Changed: true}) }
	}
	return task.do(ctx, p.Service)
}

// told is the error as the peer should hear it: a request that was cut short
// because the app ends was not abandoned by its caller.
func (p *peer) told(err error) error {
	if errors.Is(err, context.Canceled) && p.ctx.Err() != nil {
		return errStopping
	}
	return err
}

// callerOf says who asks. Its names are found once a connection.
func (p *peer) callerOf(ctx context.Context, in *inbound) vaultcore.Caller {
	if !p.described && p.Describe != nil {
		p.caller = p.Describe(p.conn)
	}
	p.described = true
	caller := p.caller
	in.describe(&caller)
	if in.askable() {
		caller.Ask = func(asking context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			return p.ask(ctx, asking, q)
		}
	}
	if in.Approves && p.Person != nil {
		caller.Person = func() bool { return p.Person(p.conn) }
	}
	return caller
}

// ask puts a question to the peer's person on behalf of a request. It returns
// vaultcore.ErrCanceled when the person says no, and context.Canceled when the
// request is over or the peer has left: then nobody said anything.
func (p *peer) ask(request, asking context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if request.Err() != nil {
		return vaultcore.Secret{}, request.Err()
	}
	p.watch()
	id, answers := p.open()
	defer p.forget(id)
	if err := p.writer.send(outbound[none]{Ask: questionToWire(id, q)}); err != nil {
		return vaultcore.Secret{}, context.Canceled
	}
	select {
	case a := <-answers:
		return a.secret()
	case <-request.Done():
		return vaultcore.Secret{}, request.Err()
	case <-asking.Done():
		_ = p.writer.send(outbound[none]{Withdraw: &withdrawal{ID: id}})
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
