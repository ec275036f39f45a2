package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// newTrail is a trail in a folder with small files.
func newTrail(folder string, most int64, kept int) *Trail {
	t := New(Options{Folder: folder, Log: slog.New(slog.DiscardHandler)})
	t.most, t.kept = most, kept
	return t
}

// run has a trail written until the end of the test, or until the function is called.
func run(t *testing.T, trail *Trail) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		trail.Run(ctx)
	}()
	end = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(end)
	return end
}

// sample is a line of the usual length.
func sample(i int) record.Entry {
	expires := time.Date(2026, 11, 29, 15, 0, 0, 0, time.UTC)
	return record.Entry{
		Kind: record.Issue, Operation: "credentials", Outcome: record.Done, Profile: fmt.Sprintf("profile-%d", i), Allowed: "program",
		Caller:  []record.Process{{PID: 4242, Program: "terraform", Dir: "~/infra"}},
		Account: "222222222222", Role: "admin", SessionName: "ann", AccessKeyID: "ASIAIOSFODNN7EXAMPLE", Expires: &expires,
	}
}

// written is a whole trail of n lines in files of so many bytes.
func written(t testing.TB, n int, most int64) string {
	t.Helper()
	folder := t.TempDir()
	w, _, err := openWriter(folder, most, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 500 {
		var entries []record.Entry
		for k := range min(500, n-i) {
			entries = append(entries, sample(i+k))
		}
		if k, err := w.write(entries); k != len(entries) || err != nil {
			t.Fatal(k, err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func mustScan(t testing.TB, folder string, kept int, each func(record.Line)) record.Report {
	t.Helper()
	r, err := scan(folder, kept, each)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLines holds that a hundred thousand lines in many files are one chain, and that
// nobody else may read them.
func TestLines(t *testing.T) {
	n := 10_000
	if testenv.Long() {
		n = 100_000
	}
	folder := written(t, n, 1<<20)
	next := int64(1)
	r := mustScan(t, folder, keptFiles, func(l record.Line) {
		if l.Number != next || l.Profile != fmt.Sprintf("profile-%d", next-1) {
			t.Fatalf("line %d is %d, of %s", next, l.Number, l.Profile)
		}
		next++
	})
	if r.Lines != n || r.First != 1 || r.Last != int64(n) || r.Torn != 0 || len(r.Damage) > 0 || r.Files < 3 {
		t.Errorf("%+v", r)
	}
	names, err := record.Files(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, headFile) {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

// TestRotation holds that the oldest files go and that what is left is one chain.
func TestRotation(t *testing.T) {
	folder := t.TempDir()
	for i := range 3 { // and that it goes on over restarts
		w, found, err := openWriter(folder, 4096, 4)
		if err != nil || len(found.Damage) > 0 || found.Torn > 0 {
			t.Fatal(found, err)
		}
		for k := range 100 {
			if _, err := w.write([]record.Entry{sample(i*100 + k)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
	}
	r := mustScan(t, folder, 4, nil)
	if r.Last != 300 || r.First <= 1 || r.Files > 4 || len(r.Damage) > 0 {
		t.Errorf("%+v", r)
	}
	if got := latest(folder); len(got) < shown || got[len(got)-1].Number != 300 {
		t.Errorf("the latest are %d lines", len(got))
	}
}

// TestDamage holds that whatever is done to the files of a trail is found, by a whole
// look and, at its end, at the next start, which goes on all the same.
func TestDamage(t *testing.T) {
	edit := func(name string, change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			path := filepath.Join(folder, name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// without is the text without lines from one on.
	without := func(from, n int) func([]byte) []byte {
		return func(text []byte) []byte {
			all := slices.Collect(bytes.Lines(text))
			return bytes.Join(slices.Delete(all, from, from+n), nil)
		}
	}
	first := fmt.Sprintf(earlier, 1)
	for name, c := range map[string]struct {
		damage  func(*testing.T, string)
		unknown bool // the next start does not look there
	}{
		"a byte": {edit(record.Current, func(text []byte) []byte {
			return bytes.Replace(text, []byte("222222222222"), []byte("222222222223"), 1)
		}), false},
		"a byte of old":    {edit(first, func(text []byte) []byte { return bytes.Replace(text, []byte("admin"), []byte("nadmi"), 1) }), true},
		"a byte of a hash": {edit(record.Current, func(text []byte) []byte { i := bytes.Index(text, []byte(record.Mark)); text[i+20] ^= 1; return text }), false},
		"no JSON":          {edit(record.Current, func(text []byte) []byte { text[0] = '['; return text }), false},
		"a line removed":   {edit(record.Current, without(1, 1)), false},
		"a line of old":    {edit(first, without(0, 1)), true},
		"a line twice": {edit(record.Current, func(text []byte) []byte {
			l, _, _ := bytes.Cut(text, []byte("\n"))
			return append(append(l, '\n'), text...)
		}), false},
		"truncated":           {edit(record.Current, func(text []byte) []byte { return without(3, bytes.Count(text, []byte("\n"))-3)(text) }), false},
		"truncated in a line": {edit(record.Current, func(text []byte) []byte { return text[:len(text)-10] }), false},
		"empty":               {edit(record.Current, func([]byte) []byte { return nil }), false},
		"a line put in": {edit(record.Current, func(text []byte) []byte {
			l, _, _ := line(record.Entry{Number: 200, Kind: record.Issue}, genesis)
			return append(text, l...)
		}), false},
		"no file":     {func(t *testing.T, folder string) { check(t, os.Remove(filepath.Join(folder, record.Current))) }, false},
		"no old file": {func(t *testing.T, folder string) { check(t, os.Remove(filepath.Join(folder, first))) }, true},
		"no head":     {func(t *testing.T, folder string) { check(t, os.Remove(filepath.Join(folder, headFile))) }, false},
		"a head":      {edit(headFile, func(text []byte) []byte { text[30] ^= 1; return text }), false},
		"half a head": {edit(headFile, func(text []byte) []byte { return text[:30] }), false},
		"only a head": {func(t *testing.T, folder string) {
			names, err := record.Files(folder)
			check(t, err)
			for _, name := range names {
				check(t, os.Remove(filepath.Join(folder, name)))
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := written(t, 100, 1<<14)
			if r := mustScan(t, folder, keptFiles, nil); len(r.Damage) > 0 || r.Files < 2 {
				t.Fatalf("%+v", r)
			}
			c.damage(t, folder)
			r := mustScan(t, folder, keptFiles, nil)
			golden.Message(t, "", fmt.Sprint(r.Damage))
			alarms := make(chan string, 9)
			trail := newTrail(folder, 1<<14, keptFiles)
			trail.o.Alarm = func(_ context.Context, what string) { alarms <- what }
			trail.Add(sample(100))
			end := run(t, trail)
			if !c.unknown {
				wait.For(t, "the alarm", alarms)
			}
			wait.Until(t, "the line is written", func() bool {
				return slices.ContainsFunc(trail.Recent(), func(e record.Entry) bool { return e.Profile == "profile-100" })
			})
			end()
			again := mustScan(t, folder, keptFiles, nil)
			if len(again.Damage) == 0 && len(again.Notes) == 0 || again.Last <= 100 {
				t.Errorf("after the next start: %+v", again)
			}
			if w, found, err := openWriter(folder, 1<<14, keptFiles); err != nil || len(found.Damage) > 0 {
				t.Errorf("the start after says %v, %v", found.Damage, err)
			} else {
				check(t, w.close())
			}
		})
	}
}

// TestChangedByte holds that no byte of a trail can be changed unseen.
func TestChangedByte(t *testing.T) {
	folder := written(t, 10, 1<<20)
	path := filepath.Join(folder, record.Current)
	text, err := os.ReadFile(path)
	check(t, err)
	for range 500 {
		changed := bytes.Clone(text)
		changed[rand.N(len(text))] ^= byte(1 + rand.N(255))
		check(t, os.WriteFile(path, changed, 0o600))
		if r := mustScan(t, folder, keptFiles, nil); len(r.Damage) == 0 {
			t.Fatalf("unseen: %+v\n%s", r, changed)
		}
	}
}

// TestTorn holds that a line that an app left half written is said and dropped.
func TestTorn(t *testing.T) {
	folder := written(t, 5, 1<<20)
	path := filepath.Join(folder, record.Current)
	text, err := os.ReadFile(path)
	check(t, err)
	check(t, os.WriteFile(path, append(text, `{"n":6,"time`...), 0o600))
	if r := mustScan(t, folder, keptFiles, nil); r.Torn != 12 || len(r.Damage) > 0 || r.Lines != 5 {
		t.Errorf("%+v", r)
	}
	trail := newTrail(folder, 1<<20, keptFiles)
	end := run(t, trail)
	wait.Until(t, "it is said in the trail", func() bool { return len(trail.Recent()) > 0 && trail.Recent()[0].Operation == "torn" })
	end()
	if r := mustScan(t, folder, keptFiles, nil); r.Torn != 0 || len(r.Damage) > 0 || r.Lines != 6 {
		t.Errorf("%+v", r)
	}
}

// TestTwoApps holds that two apps never write one trail: the second waits for the end of
// the first, and nothing of either is lost.
func TestTwoApps(t *testing.T) {
	folder := t.TempDir()
	one, two := newTrail(folder, 1<<20, keptFiles), newTrail(folder, 1<<20, keptFiles)
	endOne := run(t, one)
	for i := range 100 {
		one.Add(sample(i))
	}
	wait.Until(t, "the first writes", func() bool { return len(one.Recent()) == shown })
	endTwo := run(t, two)
	for i := range 100 {
		two.Add(sample(100 + i))
		one.Add(sample(200 + i))
	}
	if got := two.Recent(); len(got) > 0 {
		t.Errorf("the second has written %d lines beside the first", len(got))
	}
	endOne()
	wait.Until(t, "the second writes", func() bool { return len(two.Recent()) == shown && two.Recent()[0].Profile == "profile-199" })
	endTwo()
	if r := mustScan(t, folder, keptFiles, nil); r.Lines != 300 || len(r.Damage) > 0 {
		t.Errorf("%+v", r)
	}
}

// TestFollow holds that who follows a trail gets every line beyond a number once, in
// order, over rotations and before there is any.
func TestFollow(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "audit")
	const lines, after = 600, 20
	got := make(chan int64, lines)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- record.Follow(ctx, folder, after, func(l record.Line) error { got <- l.Number; return nil })
	}()
	trail := newTrail(folder, 16<<10, keptFiles)
	end := run(t, trail)
	for i := range lines {
		trail.Add(sample(i))
		if i%100 == 99 { // which a follower is faster than
			wait.Until(t, "they are written", func() bool { r := trail.Recent(); return len(r) > 0 && r[0].Number == int64(i+1) })
		}
	}
	end()
	for want := int64(after + 1); want <= lines; want++ {
		select {
		case n := <-got:
			if n != want {
				t.Fatalf("line %d came for %d", n, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("line %d has not come", want)
		}
	}
	stop()
	check(t, wait.For(t, "following ends", ended))
	if r := mustScan(t, folder, keptFiles, nil); r.Files < 5 || r.Lines != lines {
		t.Errorf("%+v", r)
	}
}

// TestTooMany holds that what cannot be written waits, and that it is said how much was
// lost beyond that.
func TestTooMany(t *testing.T) {
	folder := t.TempDir()
	trail := newTrail(folder, 1<<22, keptFiles)
	for i := range maxWaiting + 5 {
		trail.Add(sample(i))
	}
	run(t, trail)
	wait.Until(t, "all is written", func() bool { return len(trail.Recent()) > 0 && trail.Recent()[0].Operation == "lost" })
	got := trail.Recent()[0]
	if got.Number != maxWaiting+1 {
		t.Errorf("%+v", got)
	}
	golden.Message(t, "", got.Detail)
}

// TestNoFolder holds that a trail that cannot be written harms nothing, and is written as
// soon as it can be.
func TestNoFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "audit")
	check(t, os.WriteFile(folder, nil, 0o600)) // a file is in its place
	trail := newTrail(folder, 1<<20, keptFiles)
	alarms := make(chan string, 9)
	trail.o.Alarm = func(_ context.Context, what string) { alarms <- what }
	run(t, trail)
	trail.Add(sample(1))
	wait.For(t, "the alarm", alarms)
	if trail.Trouble() == "" {
		t.Error("nothing is wrong")
	}
	check(t, os.Remove(folder))
	wait.Until(t, "it is written", func() bool { return trail.Trouble() == "" && len(trail.Recent()) == 1 })
}

// TestKinds holds that every operation is decided on: it leaves a line, or none for a
// reason, or is harmless.
func TestKinds(t *testing.T) {
	for _, o := range agent.Operations() {
		if kindOf(o) == record.Change || o.Record != "" && o.Unrecorded != "" {
			t.Errorf("%s: say of which kind its lines are, or why it leaves none", o.Name)
		}
		if o.Name == "lock" && kindOf(o) != record.Lock {
			t.Error("a lock leaves no line")
		}
	}
}

// TestAround holds what a line says of operations, that what is only shown leaves none,
// and that no secret is in any.
func TestAround(t *testing.T) {
	folder := t.TempDir()
	trail := newTrail(folder, 1<<20, keptFiles)
	service := &testkit.FakeService{Results: map[string]agent.CredentialsResult{}}
	session := testkit.Session(time.Now())
	session.Issued = agent.Issued{Account: "222222222222", Role: "admin", SessionName: "ann", AccessKeyID: session.Credentials.AccessKeyID, Expires: session.Credentials.Expires}
	service.Results["prod"], service.Options = session, []agent.Setting{{Key: "links"}}
	service.Errors = map[string]error{"unlock": vaultcore.Faultf(vaultcore.ErrCanceled, "canceled")}
	r := trail.Recorded(service)
	terraform := vaultcore.Caller{PID: 42, Names: func() (string, string) { return "terraform", "~/infra" }}
	ctx := t.Context()
	want := []string{}
	do := func(line string, err error) {
		t.Helper()
		if line != "" {
			want = append(want, line)
		}
		_ = err // the line says how it ended
	}
	_, err := r.Credentials(ctx, agent.CredentialsRequest{Profile: "prod", Caller: terraform})
	do("issue credentials prod done terraform (in ~/infra) program 222222222222 admin ann ASIAIOSFODNN7EXAMPLE", err)
	_, err = r.Credentials(ctx, agent.CredentialsRequest{Profile: "prod", Caller: vaultcore.Click("prod")})
	do("issue credentials prod done you click 222222222222 admin ann ASIAIOSFODNN7EXAMPLE", err)
	_, err = r.Credentials(ctx, agent.CredentialsRequest{Profile: "nosuch", Caller: terraform})
	do("refusal credentials nosuch no-profile terraform (in ~/infra)     ", err)
	do("key add prod done terraform (in ~/infra) program    AKIAIOSFODNN7EXAMPLE", r.Add(ctx, agent.AddRequest{Profile: "prod", Key: testkit.Key(), Caller: terraform}))
	do("setting set  done terraform (in ~/infra) program    ", r.Set(ctx, agent.SetRequest{Key: "links", Value: "yes", Caller: terraform}))
	do("lock lock  done Vaultbar program    ", r.Lock(ctx))
	do("lock unlock  canceled terraform (in ~/infra)     ", r.Unlock(ctx, agent.UnlockRequest{Caller: terraform}))
	_, err = r.Setup(ctx, agent.SetupRequest{Profiles: []string{"prod"}})
	do("", err)
	_, err = r.Import(ctx, agent.ImportRequest{})
	do("", err)
	_, err = r.Snapshot(ctx)
	do("", err)
	trail.Decided(vaultcore.WithAudience(ctx, vaultcore.Alone(&terraform)), vaultcore.Approval("Send it?"), "once", nil)
	do("approval approval  done terraform (in ~/infra) once    ", nil)
	trail.Decided(ctx, vaultcore.Approval("Send it?"), "", vaultcore.ErrCanceled)
	do("approval approval  canceled Vaultbar     ", nil)

	end := run(t, trail)
	wait.Until(t, "all is written", func() bool { return len(trail.Recent()) == len(want) })
	var got []string
	var text []byte
	mustScan(t, folder, keptFiles, func(l record.Line) {
		e := l.Entry
		got = append(got, strings.Join([]string{string(e.Kind), e.Operation, e.Profile, e.Outcome, e.Who(), e.Allowed, e.Account, e.Role, e.SessionName, e.AccessKeyID}, " "))
		text = append(text, l.Text...)
	})
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || strings.Join(strings.Fields(got[i]), " ") != strings.Join(strings.Fields(want[i]), " ") {
			t.Errorf("line %d: got %q, want %q", i+1, at(got, i), at(want, i))
		}
	}
	for _, secret := range []vaultcore.Secret{session.Credentials.SecretAccessKey, session.Credentials.SessionToken, testkit.Key().SecretAccessKey} {
		if bytes.Contains(text, []byte(secret.Reveal())) {
			t.Error("a secret is in the trail")
		}
	}
	snapshot, err := r.Snapshot(ctx)
	if err != nil || len(snapshot.Recent) != len(want) || snapshot.Recent[len(snapshot.Recent)-1].What != "credentials" {
		t.Errorf("the snapshot says %+v, %v", snapshot.Recent, err)
	}
	began := trail.Recent()[0].Time
	trail.Add(record.Entry{Time: began, Kind: record.Issue, Operation: "credentials", Outcome: record.Done, Grant: 1})
	trail.Add(record.Entry{Time: began, Kind: record.Issue, Operation: "credentials", Outcome: record.Done, Grant: 2})
	trail.Add(record.Entry{Time: began.Add(-time.Hour), Kind: record.Issue, Operation: "credentials", Outcome: record.Done, Grant: 1}) // of an earlier run
	wait.Until(t, "they are written", func() bool { return trail.Recent()[0].Time.Before(began) })
	service.State.Grants = []vaultcore.Grant{{ID: 1, Begun: began.Add(time.Nanosecond)}}
	if snapshot, err := r.Snapshot(ctx); err != nil || snapshot.Recent[0].Grant != 0 || snapshot.Recent[1].Grant != 0 || snapshot.Recent[2].Grant != 1 {
		t.Errorf("the grants that stand are %+v, %v", snapshot.Recent, err)
	}
	if status, err := r.Status(ctx); err != nil || status.Trail != folder || status.TrailTrouble != "" {
		t.Errorf("the status says %+v, %v", status, err)
	}
	end()
}

// TestRefusedAround holds that the error of what is refused comes through as it is.
func TestRefusedAround(t *testing.T) {
	trail := newTrail(t.TempDir(), 1<<20, keptFiles)
	refused := errors.New("no")
	err := trail.Around(t.Context(), agent.Use{Operation: agent.Operation{Name: "credentials", Record: record.Issue}, Caller: func() vaultcore.Caller { return vaultcore.Caller{} }},
		func(context.Context) error { return refused })
	if !errors.Is(err, refused) || len(trail.waiting) != 1 || trail.waiting[0].Kind != record.Refusal {
		t.Errorf("got %v, %+v", err, trail.waiting)
	}
}

// TestAllowedBy holds that a line says by which rule a use was allowed.
func TestAllowedBy(t *testing.T) {
	trail := newTrail(t.TempDir(), 1<<20, keptFiles)
	use := agent.Use{Operation: agent.Operation{Name: "set", Record: record.Setting}, Request: &agent.SetRequest{}, Result: func() any { return nil },
		Caller: func() vaultcore.Caller { return vaultcore.Caller{} }}
	for how, want := range map[string]string{"grant": "grant", "": "program"} {
		trail.waiting = nil
		check(t, trail.Around(t.Context(), use, func(ctx context.Context) error {
			if how != "" {
				agent.Allow(ctx, how, 0)
			}
			return nil
		}))
		if got := trail.waiting[0].Allowed; got != want {
			t.Errorf("allowed by %q, and the line says %q", how, got)
		}
	}
	agent.Allow(t.Context(), "nobody keeps account", 0)
}

func at(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return "nothing"
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
