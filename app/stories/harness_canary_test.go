//go:build linux

package stories_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// canary is a secret, and the forms in which it could be told.
type canary struct {
	name  string
	forms [][]byte
	short bool // too short to be told apart where others stand beside it
}

// newCanary knows a secret raw, in base64 at each of the three offsets, in hex
// and as a URL has it.
func newCanary(name, text string) canary {
	c := canary{name: name, short: len(text) < 8}
	if c.short { // an MFA code
		c.forms = [][]byte{[]byte(text)}
		return c
	}
	hexed := hex.EncodeToString([]byte(text))
	forms := []string{text, url.QueryEscape(text), url.PathEscape(text), hexed, strings.ToUpper(hexed)}
	for offset := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), text...))
		own := encoded[(offset*8+5)/6 : (offset+len(text))*8/6] // what does not depend on its neighbors
		forms = append(forms, own, strings.NewReplacer("+", "-", "/", "_").Replace(own))
	}
	for _, form := range forms {
		c.forms = append(c.forms, []byte(form))
	}
	return c
}

// in says whether the secret is in some text.
func (c canary) in(text []byte) bool {
	for _, form := range c.forms {
		for rest := text; ; {
			i := bytes.Index(rest, form)
			if i < 0 {
				break
			}
			if !c.short || apart(rest, i, i+len(form)) {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

// apart says whether a part of a text is a word of its own.
func apart(text []byte, from, to int) bool {
	inWord := func(b byte) bool {
		return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '.'
	}
	return (from == 0 || !inWord(text[from-1])) && (to == len(text) || !inWord(text[to]))
}

func TestCanariesAreFound(t *testing.T) {
	t.Parallel()
	const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	c := newCanary("secret", secret)
	for _, text := range []string{
		secret, "x" + secret + "y", url.QueryEscape("a=" + secret), hex.EncodeToString([]byte("ab" + secret)),
		base64.StdEncoding.EncodeToString([]byte(secret + "tail")), base64.StdEncoding.EncodeToString([]byte("1" + secret)),
		base64.URLEncoding.EncodeToString([]byte("12" + secret + "x")), base64.StdEncoding.EncodeToString([]byte("123" + secret)),
	} {
		if !c.in([]byte(text)) {
			t.Errorf("not found in %q", text)
		}
	}
	code := newCanary("code", "123456")
	if !code.in([]byte("TokenCode=123456&x")) || !code.in([]byte(`"123456"`)) || code.in([]byte("91234567")) || code.in([]byte("0.123456Z")) {
		t.Error("codes are told apart wrongly")
	}
	if c.in([]byte("nothing here")) {
		t.Error("found where it is not")
	}
}

// aviary is a world in which nothing must sing: what its programs said, and
// which secrets there are.
type aviary struct {
	*world
	strace  string
	traces  string
	long    []canary // nobody but --no-session gives these away
	session []canary // these are what export and exec are for
	runs    []heard
	before  map[string]bool // what was in /tmp
}

// heard is what one command wrote.
type heard struct {
	name           string
	stdout, stderr []byte
	carries        []canary // what its stdout is meant to carry
}

func newAviary(t *testing.T) *aviary {
	t.Helper()
	a := &aviary{strace: testenv.Program(t, "strace", "strace"), traces: t.TempDir(), before: map[string]bool{}}
	for _, entry := range a.shared(t) {
		a.before[entry] = true
	}
	a.world = newWorld(t)
	a.knowKey("key", a.aws.Key.ID(), a.aws.Key.Secret().Reveal())
	a.knowKey("other key", a.spare.ID(), a.spare.Secret().Reveal())
	a.long = append(a.long, newCanary("passphrase", a.passphrase), newCanary("wrong passphrase", wrongPassphrase),
		newCanary("MFA seed", a.aws.MFA.Seed().Reveal()))
	return a
}

const wrongPassphrase = "wrong-battery-91d3b7"

func (a *aviary) knowKey(name, id, secret string) {
	a.long = append(a.long, newCanary("id of the "+name, id), newCanary("secret of the "+name, secret))
}

func (*aviary) shared(t *testing.T) []string {
	t.Helper()
	entries, err := filepath.Glob("/tmp/*")
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// heedIssued makes canaries of all that AWS has given out; at least so much it must be.
func (a *aviary) heedIssued(least int) {
	a.Helper()
	issued := a.aws.Server.Issued()
	for i, secret := range issued {
		a.session = append(a.session, newCanary(fmt.Sprintf("secret %d that AWS issued", i), secret))
	}
	if len(issued) < least {
		a.Errorf("%d secrets were issued", len(issued))
	}
}

// freshCode is an MFA code that nobody may tell, and that was never typed before:
// Vaultbar does not send one twice, whatever AWS answered the first time.
func (a *aviary) freshCode() string {
	a.Helper()
	a.nextCode()
	code := a.aws.MFA.Code()
	a.long = append(a.long, newCanary("MFA code", code))
	return code
}

// files reads every file below a folder; what vanishes meanwhile is passed over.
func files(root string, look func(path string, text []byte)) {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > 16<<20 {
			return nil
		}
		if text, err := os.ReadFile(path); err == nil {
			look(path, text)
		}
		return nil
	})
}

// listen looks for every secret everywhere.
func (a *aviary) listen() {
	a.Helper()
	all := append(append([]canary(nil), a.long...), a.session...)
	for _, run := range a.runs {
		a.quiet("stderr of "+run.name, run.stderr, all, nil)
		a.quiet("stdout of "+run.name, run.stdout, all, run.carries)
	}
	look := func(path string, text []byte) {
		var meant []canary
		if filepath.Base(filepath.Dir(path)) == "audit" { // whose lines are joined with CloudTrail by them
			meant = slices.DeleteFunc(slices.Clone(all), func(c canary) bool { return !strings.HasPrefix(c.name, "id of ") })
		}
		a.quiet(path, text, all, meant)
	}
	for _, folder := range []string{"h", "r", "t"} {
		files(a.path(folder), look)
	}
	for _, entry := range a.shared(a.TB.(*testing.T)) {
		name := filepath.Base(entry)
		others := strings.HasPrefix(name, "vb") || strings.HasPrefix(name, "go-") || strings.HasPrefix(name, "Test")
		if !a.before[entry] && !others {
			files(entry, look)
		}
	}
	a.arguments(all)
	a.destinations()
}

func (a *aviary) quiet(where string, text []byte, secrets, but []canary) {
	a.Helper()
	for _, c := range secrets {
		if c.in(text) && !known(but, c) {
			a.Errorf("%s tells the %s", where, c.name)
		}
	}
}

func known(list []canary, c canary) bool {
	for _, other := range list {
		if other.name == c.name {
			return true
		}
	}
	return false
}

// arguments looks at what every program was started with. The first one of a
// trace is the person's own command, with the person's own environment.
func (a *aviary) arguments(all []canary) {
	a.Helper()
	seen := 0
	files(a.traces, func(path string, text []byte) {
		first := true
		for line := range bytes.Lines(text) {
			_, call, ok := bytes.Cut(line, []byte("execve("))
			argv, env, ok2 := bytes.Cut(call, []byte("], ["))
			if !ok || !ok2 {
				continue
			}
			seen++
			program, _, _ := bytes.Cut(argv, []byte(", ["))
			a.quiet("an argument of "+string(program), argv, all, nil)
			allowed := []canary(nil)
			if bytes.Contains(env, []byte(`"AWS_VAULT=`)) {
				allowed = a.session
			}
			if !first {
				a.quiet("the environment of "+string(argv), env, all, allowed)
			}
			first = false
		}
	})
	if seen < len(a.runs)/2 {
		a.Errorf("strace saw %d programs start, which cannot be all", seen)
	}
}

// connected finds whom a program connects to over the network.
var connected = regexp.MustCompile(`connect\(.*(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"`)

// destinations looks at whom all programs connected to: to AWS, which is on this machine
// here, and to nobody else. Nothing looks for a newer version, and nothing is counted.
func (a *aviary) destinations() {
	a.Helper()
	seen := 0
	files(a.traces, func(path string, text []byte) {
		for _, call := range connected.FindAllSubmatch(text, -1) {
			seen++
			if to, err := netip.ParseAddr(string(call[1])); err != nil || !to.IsLoopback() {
				a.Errorf("a program connects to %s: %s", call[1], call[0])
			}
		}
	})
	if seen == 0 {
		a.Error("strace saw nobody connect, not even to AWS")
	}
}
