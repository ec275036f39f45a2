//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// bounds is what an app may take that nobody uses.
type bounds struct {
	wakeUps  int     // moments a minute
	resident float64 // MiB
}

// switches is how often the threads of a process have gone to sleep so far.
func (p process) switches() int {
	p.w.Helper()
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(p.pid) + "/task/*/status")
	p.w.check(err)
	sum := 0
	for _, task := range tasks {
		if text, err := os.ReadFile(task); err == nil {
			sum += max(0, statusNumber(string(text), "voluntary_ctxt_switches"))
		}
	}
	return sum
}

// sleep watches a process for a minute: at how many moments it woke up, and how
// often a thread did. Go's runtime looks around a dozen times whenever anything
// happens; to a battery that is one moment.
func (p process) sleep() (moments, switches int) {
	p.w.Helper()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	first := p.switches()
	before := first
	for range 240 {
		<-tick.C
		if now := p.switches(); now != before {
			moments, before = moments+1, now
		}
	}
	return moments, before - first
}

// idles watches an app that nobody asks anything. What the last request set in
// motion comes to rest first.
func (p process) idles(b *testing.B, most bounds) {
	b.Helper()
	<-time.After(10 * time.Second)
	for b.Loop() {
		moments, switches := p.sleep()
		resident := float64(p.status("VmRSS")) / 1024
		b.ReportMetric(float64(moments), "wakeups/min")
		b.ReportMetric(float64(switches), "switches/min")
		b.ReportMetric(resident, "MiB-resident")
		if moments > most.wakeUps || resident > most.resident {
			b.Errorf("an idle app wakes up %d times a minute and takes %.1f MiB; the limits are %d and %.0f", moments, resident, most.wakeUps, most.resident)
		}
	}
}

// BenchmarkIdleApp watches an app that has a key and living sessions.
func BenchmarkIdleApp(b *testing.B) {
	w := newWorld(b)
	w.env = append(w.env, "VAULTBAR_APP="+w.shipped())
	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	w.export(hoge)
	w.app().idles(b, bounds{6, 30})
}

// BenchmarkIdleTray watches an app with a menu on a panel: with nothing that
// counts down, and with a session whose last minutes are shown.
func BenchmarkIdleTray(b *testing.B) {
	for name, most := range map[string]bounds{"still": {6, 40}, "countdown": {30, 40}} {
		b.Run(name, func(b *testing.B) {
			d := newDesktop(b, desktoptest.Panel)
			d.env = append(d.env, "VAULTBAR_APP="+d.shipped())
			d.add(bastion, d.aws.Key)
			d.row("○ " + bastion)
			if name == "countdown" {
				d.signIn(hoge)
				d.row("● " + hoge)
			}
			d.app().idles(b, most)
		})
	}
}
