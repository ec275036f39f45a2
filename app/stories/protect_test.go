//go:build linux

package stories_test

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// protections are the settings that protect something: how to have each protect,
// and how to loosen it.
var protections = map[string]struct{ tight, loose string }{
	"allow_no_session":    {"no", "yes"},
	"notify_first_use":    {"yes", "no"},
	"notify_agents":       {"yes", "no"},
	"lock_on_screen_lock": {"yes", "no"},
	"lock_after_idle":     {"15m", "never"},
	"links":               {"no", "yes"},
	"link_accounts":       {"", "111111111111"},

	"trusted_endpoints":         {"", "http://127.0.0.1:4567"},
	"trusted_sign_in_endpoints": {"", "https://signin.example.com"},
	"trusted_proxies":           {"", "http://proxy.example.com:3128"},
	"ca_bundle":                 {"", "/tmp/ca.pem"},
	"config_file":               {"", "/tmp/config"},
	"agent_programs":            {"mybot", ""},
	"agents_may_change":         {"no", "yes"},
	"agents":                    {"refuse", "allow"},
	"agents_policy":             {"", "arn:aws:iam::aws:policy/AdministratorAccess"},
	"agents_named":              {"tags", "no"},
	"commands":                  {"ask", "allow"},
	"trusted_commands":          {"", "okta:5c1e0f7a5c1e0f7a5c1e0f7a5c1e0f7a"},
	"sandboxes":                 {"ask", "allow"},
	"sso_share":                 {"no", "yes"},
}

// protectors are the names of the settings that protect something.
func protectors(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, setting := range settings.Table() {
		if setting.Protects() {
			names = append(names, setting.Key)
			if _, ok := protections[setting.Key]; !ok {
				t.Errorf("%s protects something: say here how it is loosened", setting.Key)
			}
		}
	}
	return names
}

// value is a setting as the running app has it.
func (w *world) value(key string) string {
	w.Helper()
	return strings.TrimSpace(w.must("settings", "get", key))
}

func (w *world) logText() string {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.home, ".local", "state", "vaultbar", "vaultbar.log"))
	w.check(err)
	return string(text)
}

// TestStoryLooseningNeedsAPerson: where there is no person, neither a program
// without a terminal nor one that made a terminal of its own can give up a
// protection; to protect more is free.
func TestStoryLooseningNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, key := range protectors(t) {
		way := protections[key]
		w.must("settings", "set", key, way.tight)
		for name, loosen := range map[string]func() (int, string){
			"no terminal": func() (int, string) {
				got := w.run("settings", "set", key, way.loose)
				return got.code, got.stderr
			},
			"a program's terminal": func() (int, string) {
				s := w.sit(w.command("vaultbar", "settings", "set", key, way.loose))
				s.answer("allow")
				return s.wait(), s.all()
			},
			"a program that speaks the protocol": func() (int, string) {
				got := w.say(`{"v":1,"op":"set","setting":"` + key + `","value":"` + way.loose + `","tty":true,"approves":true,"answers":["approval"]}`)
				return map[bool]int{true: 5}[strings.Contains(got, `"nobody-to-ask"`)], got + "hint: settings.ini"
			},
		} {
			code, text := loosen()
			if code != 5 || !strings.Contains(text, "hint: ") || !strings.Contains(text, "settings.ini") {
				t.Errorf("%s, %s: exit code %d\n%s", key, name, code, text)
			}
			if now := w.value(key); now != way.tight {
				t.Errorf("%s, %s: it is %s now", key, name, now)
			}
		}
		w.must("settings", "set", key, way.tight)
	}
}

// TestStoryEditsAreTold: what somebody wrote into the settings file is in force
// after a restart, and told; once.
func TestStoryEditsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keys := protectors(t)
	slices.Sort(keys)
	for _, key := range keys {
		w.must("settings", "set", key, protections[key].tight)
	}
	w.stop()
	var text strings.Builder
	for _, key := range keys {
		text.WriteString(key + " = " + protections[key].loose + "\n")
	}
	w.settings(text.String())
	before := strings.Count(w.logText(), "protects less")
	w.must("settings")
	if n := strings.Count(w.logText(), "protects less") - before; n != len(keys) {
		t.Errorf("%d of %d were told", n, len(keys))
	}
	edits := func() (n int) {
		for _, l := range w.trail() {
			if l.Kind == "setting" && l.Allowed == "file" {
				n++
			}
		}
		return n
	}
	w.eventually("each has a line in the trail", func() bool { return edits() == len(keys) })
	w.stop()
	w.must("settings")
	if n := strings.Count(w.logText(), "protects less") - before; n != len(keys) {
		t.Errorf("after another start %d were told", n)
	}
	info, err := os.Stat(filepath.Join(w.home, ".local", "state", "vaultbar", "protections.ini"))
	w.check(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %s", info.Mode())
	}
}

// TestStoryEditsAreToldWhileItRuns: an edit is not smuggled in with another
// change.
func TestStoryEditsAreToldWhileItRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must("settings", "set", "allow_no_session", "no")
	w.setting("allow_no_session = yes\n")
	if now := w.value("allow_no_session"); now != "no" {
		t.Errorf("an edit is in force at once: %s", now)
	}
	w.must("settings", "set", "notify_lead", "5m")
	if strings.Count(w.logText(), "protects less") != 1 {
		t.Errorf("nothing was told:\n%s", w.logText())
	}
	w.eventually("the edit has a line of its own in the trail", func() bool {
		lines := w.trail()
		return len(lines) >= 2 && lines[len(lines)-1].Detail == "notify_lead = 5m" && lines[len(lines)-2].Detail == "allow_no_session = yes" && lines[len(lines)-2].Allowed == "file"
	})
}

// TestStoryALockLasts: it outlasts a stop, a crash, and both with the passphrase
// at hand; only an unlock ends it.
func TestStoryALockLasts(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world){
		"stopped":           func(w *world) { w.stop() },
		"killed":            func(w *world) { w.app().kill() },
		"killed and killed": func(w *world) { w.app().kill(); w.run("list"); w.app().kill() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(plain, w.spare)
			w.export(plain)
			w.must("lock")
			end(w)
			if got := w.run("export", "--format=json", plain); got.code != 6 || got.stdout != "" {
				t.Errorf("after a restart: exit code %d, %d bytes\n%s", got.code, len(got.stdout), got.stderr)
			}
			if text := w.must("status"); !strings.Contains(text, "ocked") {
				t.Errorf("status:\n%s", text)
			}
			w.must("unlock")
			w.export(plain)
			end(w)
			w.export(plain)
		})
	}
}

// TestStoryWhatIsServedWhileLocked: names, settings and lists are, what tells of keys
// and sessions or changes something is not.
func TestStoryWhatIsServedWhileLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	w.must("lock")
	for _, served := range [][]string{
		{"list", "--profiles"}, {"__complete", "export", ""}, {"settings"}, {"settings", "get", "links"}, {"browsers"}, {"status"}, {"lock"},
	} {
		got := w.run(served...)
		if got.code != 0 {
			t.Errorf("%s: exit code %d\n%s", served, got.code, got.stderr)
		}
		if strings.HasPrefix(served[0], "__") || len(served) == 2 && served[1] == "--profiles" {
			if !strings.Contains(got.stdout, plain) {
				t.Errorf("%s:\n%s", served, got.stdout)
			}
		}
	}
	for _, refused := range [][]string{
		{"export", "--format=json", plain}, {"list"}, {"explain", plain}, {"clear"}, {"settings", "set", "notify_lead", "5m"}, {"remove", "--force", plain},
	} {
		if got := w.run(refused...); got.code != 6 || !strings.Contains(got.stderr, "hint: ") {
			t.Errorf("%s: exit code %d\n%s", refused, got.code, got.stderr)
		}
	}
}

// TestStoryALockThatCannotLast: who locks is told when a restart would end it;
// until then it holds.
func TestStoryALockThatCannotLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smallDisk()
	w.add(plain, w.spare)
	w.fill()
	got := w.run("lock")
	if got.code != 1 || !strings.Contains(got.stderr, "hint: ") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	if got := w.run("export", "--format=json", plain); got.code != 6 {
		t.Errorf("it is not locked: exit code %d\n%s", got.code, got.stderr)
	}
	w.makeRoom()
	w.must("lock")
	w.app().kill()
	if got := w.run("export", "--format=json", plain); got.code != 6 {
		t.Errorf("with room the lock does not last: exit code %d\n%s", got.code, got.stderr)
	}
}

// TestStorySettingsOnAFullDisk: who cannot change a setting is told why, and what
// to do.
func TestStorySettingsOnAFullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smallDisk()
	w.must("settings", "set", "notify_lead", "5m")
	w.fill()
	got := w.run("settings", "set", "notify_lead", "15m")
	w.wantComplaint(got, 1, "")
	if now := w.value("notify_lead"); now != "5m" {
		t.Errorf("it is %s now", now)
	}
}

// say sends one frame to the app and returns its answer.
func (w *world) say(frame string) string {
	w.Helper()
	conn, err := net.Dial("unix", w.socketPath())
	w.check(err)
	defer func() { _ = conn.Close() }()
	w.check(conn.SetDeadline(time.Now().Add(patience)))
	_, _ = conn.Write([]byte(frame + "\n")) // of one that is too long not all is read
	line, err := bufio.NewReader(conn).ReadString('\n')
	w.check(err)
	return line
}
