//go:build linux

package stories_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// maxProtected is how many times as long as another a protected profile may take to
// export, where a grant allows it.
const maxProtected = 1.35

// BenchmarkProtectedExport measures what it costs to find out who asks, and that the
// person has allowed it for an hour: one profile is protected, another is not, and a
// program exports both in turn.
func BenchmarkProtectedExport(b *testing.B) {
	d := newDesktop(b, desktoptest.Panel)
	d.env = append(d.env, "VAULTBAR_APP="+d.shipped())
	const free = "free"
	d.appendConfig("[profile " + free + "]\nregion = eu-west-1\n")
	d.add(plain, d.spare)
	d.add(free, d.aws.Account.User("carol").NewKey())
	d.must("settings", "set", "--profile", plain, "protected", "yes")

	type step struct{ Args, Env []string }
	lane := func(profile string) []step {
		return []step{{[]string{shipped().path("vaultbar"), "export", "--format=json", profile}, d.env}}
	}
	// race has the person answer first: what is allowed for an hour is allowed in a session,
	// which ends with the stopwatch.
	race := func() (took [][]int64) {
		b.Helper()
		request, err := json.Marshal(map[string]any{"Rounds": 320, "Lanes": [][]step{lane(plain), lane(free)}})
		d.check(err)
		cmd := d.command(shipped().path("stopwatch"))
		var out bytes.Buffer
		cmd.Stdin, cmd.Stdout = bytes.NewReader(request), &out
		d.check(cmd.Start())
		d.choose(approvalDialog, "Right", "Right", "Return") // for 1 hour
		d.check(cmd.Wait())
		d.check(json.Unmarshal(out.Bytes(), &took))
		return took
	}
	var protected, others []int64
	for b.Loop() {
		took := race()
		protected, others = append(protected, took[0][20:]...), append(others, took[1][20:]...)
	}
	slices.Sort(protected)
	slices.Sort(others)
	a, z := float64(protected[len(protected)/100])/1e3, float64(others[len(others)/100])/1e3
	b.ReportMetric(a/z, "ratio")
	b.ReportMetric(maxProtected, "limit")
	b.ReportMetric(a, "µs")
	b.ReportMetric(z, "µs-other")
	b.ReportMetric(0, "ns/op")
	if a/z > maxProtected {
		b.Errorf("a protected profile takes %.2f times as long to export; the limit is %.2f", a/z, maxProtected)
	}
}
