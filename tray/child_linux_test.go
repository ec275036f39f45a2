package tray

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// childVar makes the test binary an app with a tray: the tray can run once in a
// process, and on its main goroutine.
const childVar = "VAULTBAR_TRAY_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		child()
		return
	}
	os.Exit(m.Run())
}

// child runs the tray over a vault in memory. It takes orders on stdin, one a
// line: "snap JSON" replaces what is known, "churn N" changes it without end
// among N profiles. It says its calls on stdout, and ends the tray when stdin
// does.
func child() {
	var mu sync.Mutex
	say := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(line)
	}
	log.SetPrefix("library: ")
	world := &world{say: func(call string) { say("call " + call) }}
	ctx, stop := context.WithCancel(context.Background())
	orders := bufio.NewScanner(os.Stdin)
	orders.Buffer(nil, 1<<20)
	go func() {
		defer stop()
		for orders.Scan() {
			obeyOrder(ctx, world, orders.Text())
		}
	}()
	err := Run(ctx, Options{Vault: world, Do: world.Do, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	say(fmt.Sprint("ended ", err))
	<-ctx.Done() // the app goes on without its tray
	say("over")
}

func obeyOrder(ctx context.Context, w *world, line string) {
	order, rest, _ := strings.Cut(line, " ")
	switch order {
	case "snap":
		var now vaultcore.Snapshot
		if err := json.Unmarshal([]byte(rest), &now); err != nil {
			panic(err)
		}
		w.change(func(s *vaultcore.Snapshot) {
			*s = now
		})
	case "churn":
		n := 0
		if _, err := fmt.Sscan(rest, &n); err != nil {
			panic(err)
		}
		go churn(ctx, w, n)
	}
}

// churn starts, ends and fails sessions at random, raises questions, and locks
// now and then.
func churn(ctx context.Context, w *world, n int) {
	random := rand.New(rand.NewPCG(3, 4))
	w.change(func(s *vaultcore.Snapshot) { *s = profiles(n) })
	for ctx.Err() == nil {
		_ = retry.Sleep(ctx, time.Duration(random.IntN(60))*time.Millisecond)
		w.change(func(s *vaultcore.Snapshot) {
			p := &s.Profiles[random.IntN(n)]
			p.Pinned = random.IntN(n) == 0 || p.Pinned && random.IntN(20) > 0
			p.Expires = time.Now().Add(time.Duration(random.IntN(3600)) * time.Second)
			states := []vaultcore.State{vaultcore.StateNone, vaultcore.StateNone, vaultcore.StateActive, vaultcore.StateEnding, vaultcore.StateFailed, vaultcore.StateWaiting}
			p.State = states[random.IntN(len(states))]
			s.Locked = random.IntN(50) == 0
			s.Asking = nil
			if random.IntN(10) == 0 {
				s.Asking = []vaultcore.Question{{Kind: vaultcore.AskMFA, Profile: p.Name}}
			}
		})
	}
}
