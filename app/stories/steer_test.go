//go:build linux

package stories_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// trap is a listener that nobody may connect to.
func trap(t testing.TB, what string) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			t.Errorf("%s: a connection came", what)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-ended })
	return listener.Addr()
}

// listenForNothing is a listener of another user, which says where it listens and
// ends with the test.
func listenForNothing([]string) error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return listener.Close()
}

// startedWith starts the app as somebody does who sets a variable for it, and wants
// something of it.
func (w *world) startedWith(variable string) (ended func()) {
	w.Helper()
	own := w.env
	defer func() { w.env = own }()
	w.env = w.with(variable)
	ended = w.serve(w.command("vaultbar-app"))
	w.run("list")
	return ended
}

// TestStoryNoVariableOfTheStarterSteers: whoever starts the app decides nothing,
// not by a command and not by starting the app itself.
func TestStoryNoVariableOfTheStarterSteers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SIGNIN",
		"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
		"AWS_CONFIG_FILE", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.writeConfig(awstest.Reached(w.usual(), w.aws.Server.URL()))
			w.env = w.with("AWS_ENDPOINT_URL")
			value := "http://" + trap(t, name).String()
			if strings.Contains(name, "FILE") || strings.Contains(name, "DIR") || strings.Contains(name, "BUNDLE") {
				value = w.path("t", "of-the-starter")
				w.check(os.WriteFile(value, []byte("[profile foreign]\n"), 0o600))
			}
			ended := w.startedWith(name + "=" + value)
			w.add(plain, w.spare)
			if g := w.export(plain); g.SessionToken == "" {
				t.Error("no session")
			}
			w.must("login", "--stdout", plain)
			if text := w.must("list"); strings.Contains(text, "foreign") {
				t.Errorf("the list is that of another config:\n%s", text)
			}
			w.stop()
			ended()
		})
	}
}

// TestStoryNoStarterSteersASignIn: nor does it decide where a person signs in to IAM
// Identity Center, or who is shown the token of that.
func TestStoryNoStarterSteersASignIn(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	for _, name := range []string{"AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.steered, w.env = true, w.with("AWS_ENDPOINT_URL")
			w.signsIn()
			ended := w.startedWith(name + "=http://" + trap(t, name).String())
			w.signsInAt(w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))("vaultbar signin"))
			w.export("dev")
			w.stop()
			ended()
		})
	}
}

// TestStoryNoStarterLeavesTheProxyOut: what whoever starts the app reaches without a
// proxy, a program that has one reaches by it.
func TestStoryNoStarterLeavesTheProxyOut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			proxy := w.behindAProxy()
			ended := w.startedWith(name + "=*")
			w.add(plain, w.spare)
			w.export(plain)
			if len(proxy.Hosts()) == 0 {
				t.Error("the proxy was asked for nothing")
			}
			w.stop()
			ended()
		})
	}
}

// TestStoryUntrustedVariables: what a command's own variables wish for is used
// when it is trusted only; without a person it is refused, and told how to allow.
func TestStoryUntrustedVariables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signsIn("[profile " + plain + "]\nregion = eu-central-1\n")
	w.add(plain, w.spare)
	ca := w.path("t", "ca.pem")
	w.check(os.WriteFile(ca, awstest.NewProxy(t, w.aws.Server).CA(), 0o600))
	export, login := []string{"export", plain}, []string{"login", "--stdout", plain}
	for name, c := range map[string]struct {
		value, setting string
		args           []string
	}{
		"AWS_ENDPOINT_URL":          {"", "trusted_endpoints", export},
		"AWS_ENDPOINT_URL_STS":      {"", "trusted_endpoints", export},
		"AWS_ENDPOINT_URL_IAM":      {"", "trusted_endpoints", []string{"rotate", plain}},
		"AWS_ENDPOINT_URL_SSO":      {"", "trusted_sign_in_endpoints", []string{"export", "dev"}},
		"AWS_ENDPOINT_URL_SSO_OIDC": {"", "trusted_sign_in_endpoints", []string{"export", "dev"}},
		"AWS_ENDPOINT_URL_SIGNIN":   {"", "trusted_sign_in_endpoints", login},
		"HTTPS_PROXY":               {"", "trusted_proxies", login},
		"https_proxy":               {"", "trusted_proxies", login},
		"AWS_CA_BUNDLE":             {ca, "ca_bundle", export},
		"SSL_CERT_FILE":             {ca, "ca_bundle", export},
		"SSL_CERT_DIR":              {filepath.Dir(ca), "ca_bundle", export},
	} {
		if c.value == "" {
			c.value = "http://" + trap(t, name).String()
		}
		own := w.env
		w.env = w.with(name + "=" + c.value)
		got := w.run(c.args...)
		w.env = own
		if got.code != 5 || got.stdout != "" || !strings.Contains(got.stderr, c.setting+" = ") || !strings.Contains(got.stderr, c.value) {
			t.Errorf("%s: exit code %d, %d bytes\n%s", name, got.code, len(got.stdout), got.stderr)
		}
	}
}

// TestStoryUntrustedConfig: what a profile says of how AWS is reached is a wish as well.
func TestStoryUntrustedConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		profile, setting string // WHERE stands for a listener, BUNDLE for a file
	}{
		"endpoint_url": {"endpoint_url = http://WHERE\n", "trusted_endpoints"},
		"services":     {"services = here\n[services here]\nsts =\n  endpoint_url = http://WHERE\n", "trusted_endpoints"},
		"ca_bundle":    {"ca_bundle = BUNDLE\n", "ca_bundle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env = w.with("AWS_ENDPOINT_URL")
			ca := w.path("t", "ca.pem")
			w.check(os.WriteFile(ca, awstest.NewProxy(t, w.aws.Server).CA(), 0o600))
			where := trap(t, name).String()
			w.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n" + strings.NewReplacer("WHERE", where, "BUNDLE", ca).Replace(c.profile))
			w.add(plain, w.spare, "--no-verify")
			for _, args := range [][]string{{"export", plain}, {"renew", plain}, {"login", "--stdout", plain}, {"rotate", plain}} {
				got := w.run(args...)
				if got.code != 5 || got.stdout != "" || !strings.Contains(got.stderr, c.setting+" = ") {
					t.Errorf("%s: exit code %d, %d bytes\n%s", args[0], got.code, len(got.stdout), got.stderr)
				}
			}
			w.reads("explain", w.must("explain", plain), where, "WHERE")
			w.reads("status", lineWith(w.must("status"), "Route"), where, "WHERE")
		})
	}
}

// TestStoryTwoConfigsAtOnce: a request belongs to the config that its program
// names, whoever started the app.
func TestStoryTwoConfigsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(plain, w.spare)
	other := w.path("t", "config")
	w.check(os.WriteFile(other, []byte("[profile other]\nregion = us-east-1\nsource_profile = "+plain+"\nrole_arn = "+w.aws.Role.ARN()+"\n"), 0o600))
	w.must("list")
	own := w.env
	w.env = w.with("AWS_CONFIG_FILE=" + other)
	if names := w.must("list", "--profiles"); strings.Contains(names, bastion) || !strings.Contains(names, "other") {
		t.Errorf("the list is %q", names)
	}
	if text := w.must("status"); !strings.Contains(text, other) {
		t.Errorf("status:\n%s", text)
	}
	w.wantComplaint(w.run("export", bastion), 3, "a profile of the app's config")
	w.env = own
	if names := w.must("list", "--profiles"); !strings.Contains(names, bastion) || strings.Contains(names, "other") {
		t.Errorf("the list is %q", names)
	}
	w.wantComplaint(w.run("export", "other"), 3, "a profile of the other config")
}

// TestStoryTamperableConfig: a config that everybody may write is not used.
func TestStoryTamperableConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.check(os.Chmod(w.configFile(), 0o666))
	got := w.run("export", bastion)
	if got.code != 3 && got.code != 1 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	w.reads("list", w.run("list").stderr)
	w.check(os.Chmod(w.configFile(), 0o664))
	if names := w.must("list", "--profiles"); !strings.Contains(names, bastion) {
		t.Errorf("a config that the group may write is not used: %q", names)
	}
}

// TestStoryCommandsOfATamperableConfig: a command that somebody else could have written into
// the config does not run, also where the settings allow all commands: not while the
// config of before is known, which goes on, and not after a start, when there is none.
func TestStoryCommandsOfATamperableConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setting("commands = allow\n")
	okta := w.tool("okta", "cat "+w.prints("session.json", ""))
	code, evil := w.tool("code", "exit 1"), w.tool("evil", "exit 1")
	w.add(bastion, w.aws.Key)
	config := func(credentials, codes tool) {
		w.writeConfig(strings.Replace(w.usual(), "mfa_serial", "mfa_process = "+codes.path+"\nmfa_serial", 1) +
			"[profile dev]\nregion = eu-west-1\ncredential_process = " + credentials.path + "\n")
	}
	tampered := []func() error{func() error { return os.Chmod(w.configFile(), 0o666) }}
	if os.Getuid() == 0 { // who alone can give a file away
		tampered = append(tampered, func() error { return os.Chown(w.configFile(), nobody, nobody) })
	}
	for _, tamper := range tampered {
		config(okta, code)
		w.export("dev")
		if got := w.run("export", bastion); got.code == 0 || okta.ran() == 0 || code.ran() == 0 {
			t.Fatalf("where the config is one's own they run %d and %d times\n%s", okta.ran(), code.ran(), got.stderr)
		}
		w.check(tamper())
		w.check(os.WriteFile(w.configFile(), []byte("[profile dev]\nregion = eu-west-1\ncredential_process = "+evil.path+"\n"), 0o600))
		w.export("dev")
		w.must("stop")
		credentials, codes := okta.ran(), code.ran()
		for _, args := range [][]string{{"export", "dev"}, {"exec", "dev", "--", "true"}, {"renew", "dev"}, {"login", "--stdout", "dev"}, {"serve", "dev"}} {
			if got := w.run(args...); got.code == 0 || got.stdout != "" {
				t.Errorf("%q: exit code %d\n%s", args, got.code, got.stderr)
			}
		}
		w.run("export", bastion) // which has a key, and no rule of the config
		if evil.ran() != 0 || okta.ran() != credentials || code.ran() != codes {
			t.Errorf("they ran %d, %d and %d times", evil.ran(), okta.ran()-credentials, code.ran()-codes)
		}
		w.check(os.Chmod(w.configFile(), 0o600))
	}
}

// TestStoryHostileNames: a name from a program names a profile or nothing. It is no path,
// ends nothing and is not repeated as it is.
func TestStoryHostileNames(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	for _, name := range []string{
		"", "../../x", "/etc/passwd", plain + "/../" + plain, plain + "\x00", plain + "\n", "[" + plain + "]", "-x", "\u202e" + plain, strings.Repeat("a", 100<<10), strings.Repeat("a", 1<<20),
	} {
		quoted, err := json.Marshal(name)
		w.check(err)
		for op, codes := range map[string]string{
			"credentials": "no-profile", "explain": "no-profile", "login": "no-profile", "renew": "no-profile", "serve": "no-profile", "remove": "no-credentials keychain",
		} {
			if len(name) == 1<<20 {
				codes = "request"
			}
			answer := w.say(`{"v":1,"op":"` + op + `","profile":` + string(quoted) + `}`)
			var got struct {
				Error struct{ Code, Message string }
			}
			w.check(json.Unmarshal([]byte(answer), &got))
			if !slices.Contains(strings.Fields(codes), got.Error.Code) || len(answer) > 1000 || strings.ContainsAny(got.Error.Message, "\x00\n\u202e") {
				t.Errorf("%s of %.20q: %.300s", op, name, answer)
			}
		}
	}
	w.export(plain)
}

// TestStoryAnotherUsersListener: the loopback is everybody's; what listens there is
// asked nothing unless it is the person's own.
func TestStoryAnotherUsersListener(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorldOf(t, ordinary()) // its AWS is root's, which is as good as one's own
	w.add(plain, w.spare)
	w.export(plain)
	listener := w.command(w.ownProgram())
	listener.Env = w.with(roleVariable + "=listen")
	listener.SysProcAttr.Credential = &syscall.Credential{Uid: nobody - 1, Gid: nobody - 1, NoSetGroups: true}
	listener.Dir = "/"
	stdin, err := listener.StdinPipe()
	w.check(err)
	stdout, err := listener.StdoutPipe()
	w.check(err)
	w.check(listener.Start())
	t.Cleanup(func() { _ = stdin.Close(); _ = listener.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	w.check(err)
	endpoint := "http://" + strings.TrimSpace(line)
	w.must("clear")
	w.must("stop")
	w.settings("trusted_endpoints = " + endpoint + "\n")
	w.env = w.with("AWS_ENDPOINT_URL=" + endpoint)
	if got := w.run("export", plain); got.code != 8 || !strings.Contains(got.stderr, "not yours") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}
