package access

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
		var a Approvals
		var done sync.WaitGroup
		asked, answer := 0, make(chan string)
		for range crowd {
			done.Go(func() {
				got, err := a.Wait(t.Context(), t.Context(), "endpoint", &vaultcore.Caller{}, func(ctx context.Context) (string, error) {
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
		if asked != 1 || len(a.open) != 0 {
			t.Errorf("asked %d times, %d questions are open", asked, len(a.open))
		}
	})
}

// The last who leaves ends the question.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a Approvals
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			synctest.Wait()
			leave()
		}()
		_, err := a.Wait(ctx, t.Context(), "endpoint", &vaultcore.Caller{}, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			close(ended)
			return "", ctx.Err()
		})
		<-ended
		if !errors.Is(err, context.Canceled) || len(a.open) != 0 {
			t.Errorf("%v, %d questions are open", err, len(a.open))
		}
	})
}
