package agent_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// warm is a service that has the credentials at hand.
type warm struct {
	agent.Service
	result agent.CredentialsResult
}

func (w warm) Credentials(context.Context, agent.CredentialsRequest) (agent.CredentialsResult, error) {
	return w.result, nil
}

const benchRequest = `{"v":1,"op":"credentials","profile":"hoge-system","min_ttl":"15m0s","prompt":"auto"}` + "\n"

// echo answers each line with the same number of bytes that the service sends.
func echo(b *testing.B, reply string) func(context.Context) (net.Conn, error) {
	l := listen(b)
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				lines := bufio.NewReader(c)
				for {
					if _, err := lines.ReadSlice('\n'); err != nil {
						return
					}
					if _, err := io.WriteString(c, reply); err != nil {
						return
					}
				}
			}()
		}
	}()
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.Addr().String())
	}
}

// load sends n requests, each over a connection of its own, and returns how long they
// took.
func load(b *testing.B, reach func(context.Context) (net.Conn, error), clients, n int) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range n / clients {
				c, err := reach(context.Background())
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.WriteString(c, benchRequest); err != nil {
					b.Error(err)
				}
				if _, err := bufio.NewReader(c).ReadSlice('\n'); err != nil {
					b.Error(err)
				}
				_ = c.Close()
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// The service is measured in this many turns, each of so many requests.
const (
	turns = 50
	batch = 200
	least = 0.5 // of the echo server's requests
)

// BenchmarkService compares the service with a bare echo server on the same
// kind of socket, with frames of the same size, turn by turn in one run. "ratio"
// is requests a second of the service over those of the echo server, by the
// median turn.
func BenchmarkService(b *testing.B) {
	service := warm{result: testkit.Session(time.Now())}
	reach := serve(b, &agent.Server{Service: service})
	bare := echo(b, benchReply(b, reach))
	for _, clients := range []int{1, 8} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			var ours, theirs time.Duration
			var ratios []float64
			for b.Loop() {
				for range turns {
					a, z := load(b, reach, clients, batch), load(b, bare, clients, batch)
					ours, theirs, ratios = ours+a, theirs+z, append(ratios, z.Seconds()/a.Seconds())
				}
			}
			slices.Sort(ratios)
			ratio := ratios[len(ratios)/2]
			requests := float64(len(ratios) * batch)
			b.ReportMetric(requests/ours.Seconds(), "req/s")
			b.ReportMetric(requests/theirs.Seconds(), "echo/s")
			b.ReportMetric(ratio, "ratio")
			b.ReportMetric(0, "ns/op")
			if ratio < least {
				b.Errorf("the service answers %.2f times as many requests as an echo; at least %.2f are due", ratio, least)
			}
		})
	}
}

// benchReply is what the service says to benchRequest.
func benchReply(b *testing.B, reach func(context.Context) (net.Conn, error)) string {
	c := dial(b, reach)
	reply := c.say(b, strings.TrimSuffix(benchRequest, "\n"))
	if code(b, reply) != "" {
		b.Fatal(reply)
	}
	_ = c.Close()
	return reply + "\n"
}

// BenchmarkClient is one call of the client, connection included.
func BenchmarkClient(b *testing.B) {
	reach := serve(b, &agent.Server{Service: warm{result: testkit.Session(time.Now())}})
	client := agent.NewClient(agent.ClientOptions{Dial: reach})
	for b.Loop() {
		if _, err := client.Credentials(context.Background(), agent.CredentialsRequest{Profile: "hoge-system"}); err != nil {
			b.Fatal(err)
		}
	}
}
