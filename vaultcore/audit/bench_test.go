package audit

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// What the trail may cost a request, at so many requests a second.
const (
	mostCost = 30 * time.Microsecond
	pace     = 10_000
)

// BenchmarkAround measures what the trail adds to a request while ten thousand a second
// come and their lines are written to the disk. By the median of many turns: what the
// machine does beside that is not the trail's.
func BenchmarkAround(b *testing.B) {
	trail := newTrail(b.TempDir(), maxFile, keptFiles)
	ctx, end := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	writing.Go(func() { trail.Run(ctx) })
	defer func() {
		end()
		writing.Wait()
	}()
	names := sync.OnceValues(func() (string, string) { return "terraform", "~/infra" })
	result := agent.CredentialsResult{Issued: agent.Issued{Account: "222222222222", Role: "admin", SessionName: "ann", AccessKeyID: "ASIAIOSFODNN7EXAMPLE", Expires: time.Now()}}
	use := agent.Use{
		Operation: agent.Operation{Name: "credentials", Record: record.Issue}, Profile: "prod", Request: &agent.CredentialsRequest{Profile: "prod"},
		Caller: func() vaultcore.Caller { return vaultcore.Caller{PID: 42, Names: names} }, Result: func() any { return result },
	}
	do := func(context.Context) error { return nil }
	const batch = pace / 100
	var costs []time.Duration
	for b.Loop() {
		tick := time.NewTicker(time.Second / (pace / batch))
		for range 200 {
			<-tick.C
			start := time.Now()
			for range batch {
				if err := trail.Around(ctx, use, do); err != nil {
					b.Fatal(err)
				}
			}
			costs = append(costs, time.Since(start)/batch)
		}
		tick.Stop()
	}
	slices.Sort(costs)
	cost := costs[len(costs)/2]
	b.ReportMetric(float64(cost.Nanoseconds()), "ns/request")
	b.ReportMetric(0, "ns/op")
	if lost := trail.lostSoFar(); lost > 0 {
		b.Errorf("%d lines were lost", lost)
	}
	if cost > mostCost {
		b.Errorf("a request takes %s longer; at most %s are due", cost, mostCost)
	}
}

func (t *Trail) lostSoFar() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}
