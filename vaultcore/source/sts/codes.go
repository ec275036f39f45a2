package sts

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// Codes gives MFA codes without a person who types them.
type Codes interface {
	// Has names what gives the code of a step, for who waits under ctx; empty for
	// nothing.
	Has(ctx context.Context, step plan.Step) string
	// Code has it give one. It calls touch when a person is to touch a security key.
	// It may return: ErrCanceled, ErrNobodyToAsk, ErrProcess.
	Code(ctx context.Context, step plan.Step, touch func()) (vaultcore.Secret, error)
}

// program names what gives the code of a step. A code that came with the request goes
// first.
func (s *Source) program(ctx context.Context, step plan.Step) string {
	given := func(caller *vaultcore.Caller) bool { return caller.Answers(vaultcore.AskMFA) }
	if s.codes == nil || slices.ContainsFunc(vaultcore.AudienceOf(ctx).Callers(), given) {
		return ""
	}
	return s.codes.Has(ctx, step)
}

// runByProgram carries out a step with the code that a program gives. It gives the
// same for 30 s: where that is spent, its next one is waited for, once.
func (s *Source) runByProgram(ctx context.Context, step plan.Step, from vaultcore.Credentials, question vaultcore.Question) (vaultcore.Credentials, error) {
	code, err := s.fetch(ctx, step, question)
	if err == nil {
		err = s.spend(step.MFASerial, code)
	}
	if errors.Is(err, vaultcore.ErrWrongCode) {
		if err := retry.Sleep(ctx, untilNextCode(time.Now())); err != nil {
			return vaultcore.Credentials{}, err
		}
		if code, err = s.fetch(ctx, step, question); err == nil {
			err = s.spend(step.MFASerial, code)
		}
	}
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return s.send(ctx, step, from, code)
}

// untilNextCode is how long a device goes on showing the code of now.
func untilNextCode(now time.Time) time.Duration {
	return now.Round(0).Truncate(codeStep).Add(codeStep).Sub(now.Round(0))
}

// outcome is what came of one of two ways to a code.
type outcome struct {
	code vaultcore.Secret
	err  error
}

// fetch has the program give a code. While it waits for a security key to be touched,
// the question for the code says so: a person can cancel there, or type another.
func (s *Source) fetch(ctx context.Context, step plan.Step, question vaultcore.Question) (vaultcore.Secret, error) {
	ctx, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	defer asking.Wait() // the question is gone when the next one comes
	defer stop()
	program, person := make(chan outcome, 1), make(chan outcome, 1)
	touch := make(chan struct{}, 1)
	asking.Go(func() {
		code, err := s.codes.Code(ctx, step, func() { touch <- struct{}{} })
		program <- outcome{code, err}
	})
	for {
		select {
		case <-touch:
			question.Notice = notice("Touch your security key to get the code.", step.Notice())
			asking.Go(func() {
				code, err := s.asker.Ask(ctx, question)
				person <- outcome{code, err}
			})
		case got := <-program:
			return got.code, got.err
		case got := <-person:
			if !errors.Is(got.err, vaultcore.ErrNobodyToAsk) {
				return got.code, got.err
			}
		}
	}
}
