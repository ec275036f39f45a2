//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

const (
	// signInDelay is how long the sign-in endpoint takes to answer.
	signInDelay = 100 * time.Millisecond
	// maxLogin is what else may pass between the command and the browser's start.
	maxLogin = 20 * time.Millisecond
	// logins is how many of them the median is of.
	logins = 21
)

// BenchmarkLogin measures from `vaultbar login` to the start of the browser, with a
// warm role session.
func BenchmarkLogin(b *testing.B) {
	w := newWorld(b)
	f := newFakeBrowsers(w)
	app := f.app()
	app.Args[len(app.Args)-1] = w.shipped()
	ended := w.serve(app)
	b.Cleanup(ended)
	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	w.aws.Server.Fault(awstest.Fault{Action: "getSigninToken", Kind: awstest.Slow(signInDelay)})
	for name, more := range map[string][]string{"usual": nil, "isolated": {"--isolated"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f.measure(b, append([]string{"login", "--browser", "chromium", hoge}, more...))
			}
		})
	}
	w.stop()
}

// measure signs in again and again and reports the median.
func (f fakeBrowsers) measure(b *testing.B, login []string) {
	b.Helper()
	var all []time.Duration
	for range logins {
		f.aws.Server.ResetCalls()
		began := time.Now()
		f.must(login...)
		text, err := os.ReadFile(filepath.Join(f.dir, "started"))
		f.check(err)
		nanoseconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		f.check(err)
		all = append(all, time.Unix(0, nanoseconds).Sub(began)-signInDelay)
		if n := f.aws.Server.Count(""); n != 1 || f.aws.Server.Count("getSigninToken") != 1 {
			b.Errorf("AWS was asked %d times", n)
		}
	}
	slices.Sort(all)
	median := all[len(all)/2]
	b.ReportMetric(float64(median)/1e6, "ms-beside-AWS")
	if median > maxLogin {
		b.Errorf("a login takes %s beside AWS's answer; the limit is %s", median, maxLogin)
	}
}
