//go:build linux

package stories_test

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

const (
	// maxStart is how many times as long as a program that does nothing else takes to get a
	// name on the bus the app may take to get its icon onto the panel. On a machine with
	// little else to do that program takes about 21 ms, and the app may take 150 ms.
	maxStart = 7.0
	// starts is how many of each the quickest is of: it is least disturbed by what else runs.
	starts = 21
	// bareName is the name that the bare program takes.
	bareName = "com.github.vaultbar.Bare"
)

// BenchmarkStart measures from the start of the app at login to the panel's word that it
// has the icon. Each time a bare program starts too, connects to the bus and takes a name.
func BenchmarkStart(b *testing.B) {
	d := newDesktop(b, desktoptest.Panel)
	d.env = append(d.env, "VAULTBAR_APP="+d.shipped())
	d.add(bastion, d.aws.Key)
	d.stop()
	d.check(d.bus.AddMatchSignal(dbus.WithMatchInterface(trayHost), dbus.WithMatchMember("StatusNotifierItemRegistered")))
	d.check(d.bus.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, bareName)))
	var icons, bares []time.Duration
	for b.Loop() {
		for range starts {
			app := d.command(d.shipped())
			icons = append(icons, d.untilSaid(app, trayHost+".StatusNotifierItemRegistered"))
			d.stop()
			d.check(app.Wait())
			bare := d.command(os.Args[0])
			bare.Env = append(bare.Env, roleVariable+"=name")
			bares = append(bares, d.untilSaid(bare, "org.freedesktop.DBus.NameOwnerChanged"))
			d.check(bare.Wait())
		}
	}
	icon, bare := slices.Min(icons), slices.Min(bares)
	ratio := float64(icon) / float64(bare)
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(maxStart, "limit")
	b.ReportMetric(float64(icon)/1e6, "ms")
	b.ReportMetric(float64(bare)/1e6, "ms-bare")
	b.ReportMetric(0, "ns/op")
	if ratio > maxStart {
		b.Errorf("the icon takes %.1f times as long as a name on the bus; the limit is %.0f", ratio, maxStart)
	}
}

// untilSaid starts a program, and returns how long it takes until the bus has this signal.
func (d *desktop) untilSaid(cmd *exec.Cmd, signal string) time.Duration {
	d.Helper()
	signals := make(chan *dbus.Signal, 64)
	d.bus.Signal(signals)
	defer d.bus.RemoveSignal(signals)
	timeout := time.After(patience)
	began := time.Now()
	d.check(lasting(cmd).Start())
	for {
		select {
		case s := <-signals:
			if s.Name == signal {
				return time.Since(began)
			}
		case <-timeout:
			d.Fatalf("no signal %s within %s", signal, patience)
		}
	}
}

// takeName is the bare program, this one in another role: it connects to the bus, and
// takes a name.
func takeName([]string) error {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_, err = conn.RequestName(bareName, dbus.NameFlagDoNotQueue)
	return err
}
