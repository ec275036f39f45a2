package inflight

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Programs that want the same are one question, whose audience they all are.
func TestManyWaitForOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd = 20
		a := NewAnswers(nil)
		var done sync.WaitGroup
		asked, answer := 0, make(chan string)
		for range crowd {
			done.Go(func() {
				got, err := a.Do(t.Context(), t.Context(), vaultcore.Alone(&vaultcore.Caller{}), "endpoint", func(ctx context.Context) (string, error) {
					asked++
					text := <-answer
					if n := len(vaultcore.AudienceOf(ctx).Callers()); n != crowd {
						t.Errorf("%d of %d wait for it", n, crowd)
					}
					return text, nil
				})
				if got != "once" || err != nil {
					t.Errorf("answered %q, %v", got, err)
				}
			})
		}
		synctest.Wait()
		answer <- "once"
		done.Wait()
		if asked != 1 || len(a.open.works) != 0 {
			t.Errorf("asked %d times, %d questions are open", asked, len(a.open.works))
		}
	})
}

// The last who leaves ends the question.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAnswers(nil)
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			synctest.Wait()
			leave()
		}()
		_, err := a.Do(ctx, t.Context(), vaultcore.Alone(&vaultcore.Caller{}), "endpoint", func(ctx context.Context) (string, error) {
			<-ctx.Done()
			close(ended)
			return "", ctx.Err()
		})
		<-ended
		if !errors.Is(err, context.Canceled) || len(a.open.works) != 0 {
			t.Errorf("%v, %d questions are open", err, len(a.open.works))
		}
	})
}

// TestWhoeverStartedLeaves: the work goes on for the others.
func TestWhoeverStartedLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAnswers(nil)
		answer := make(chan string)
		ask := func(ctx context.Context) (string, error) {
			select {
			case text := <-answer:
				return text, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		first, leave := context.WithCancel(t.Context())
		got := make(chan error, 2)
		for _, ctx := range []context.Context{first, t.Context()} {
			go func() {
				_, err := a.Do(ctx, t.Context(), vaultcore.Nobody(), "endpoint", ask)
				got <- err
			}()
			synctest.Wait()
		}
		leave()
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		answer <- "once"
		if err := <-got; err != nil {
			t.Errorf("who stayed got %v", err)
		}
	})
}

// TestPanic: it fails those who wait, and who comes after starts anew.
func TestPanic(t *testing.T) {
	a := NewAnswers(nil)
	for _, test := range []struct {
		do   func(context.Context) (string, error)
		want error
	}{
		{func(context.Context) (string, error) { panic("inside") }, vaultcore.ErrInternal},
		{func(context.Context) (string, error) { return "once", nil }, nil},
	} {
		if _, err := a.Do(t.Context(), t.Context(), vaultcore.Nobody(), "endpoint", test.do); !errors.Is(err, test.want) {
			t.Errorf("got %v, want %v", err, test.want)
		}
	}
}
