//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// recipe is a file for Docker Compose, as far as these stories need it.
type recipe struct{ relay, mount, variables string }

var (
	relayLine    = regexp.MustCompile(`(?m)^    command: (TCP4-LISTEN.*)$`)
	relayMount   = regexp.MustCompile(`(?m)^      - \$\{VAULTBAR_RELAY_FOLDER:\?[^}]*\}:([^:]+):ro$`)
	appVariable  = regexp.MustCompile(`(?m)^      (AWS_[A-Z_]+): \$\{(AWS_[A-Z_]+):`)
	substitution = regexp.MustCompile(`\$\{([A-Z_]+):\?[^}]*\}`)
)

// cook reads a recipe with the variables that serve printed.
func (w *world) cook(name string, values map[string]string) recipe {
	w.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "packaging", "docker", name))
	w.check(err)
	line := relayLine.FindSubmatch(text)
	if line == nil {
		w.Fatalf("%s has no relay", name)
	}
	var r recipe
	r.relay = substitution.ReplaceAllStringFunc(string(line[1]), func(s string) string { return values[substitution.FindStringSubmatch(s)[1]] })
	if mount := relayMount.FindSubmatch(text); mount != nil {
		r.mount = string(mount[1])
	}
	for _, variable := range appVariable.FindAllSubmatch(text, -1) {
		r.variables += fmt.Sprintf("export %s='%s'\n", variable[1], values[string(variable[2])])
	}
	return r
}

// inContainers runs a script where a container of the recipe's network is: a network of
// its own with the relay's address in it, and the mounts of the relay.
func (w *world) inContainers(r recipe, values map[string]string, script string) outcome {
	w.Helper()
	text := "set -e\nip link set lo up\nip addr add 169.254.170.2/24 dev lo\nmount -t tmpfs none /run\nmkdir -p " + r.mount +
		"\nmount --bind '" + values["VAULTBAR_RELAY_FOLDER"] + "' " + r.mount + "\nmount -o remount,bind,ro " + r.mount +
		"\nsocat " + r.relay + " &\nrelay=$!\ntrap 'kill $relay' EXIT\n" + r.variables +
		"until socat -u OPEN:/dev/null TCP4:169.254.170.2:80 2>/dev/null; do sleep 0.05; done\n" + script
	cmd := w.command("unshare", "--user", "--map-root-user", "--mount", "--net", "sh", "-c", text)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + w.path("t"), "AWS_EC2_METADATA_DISABLED=true"}
	return w.do(cmd)
}

// printed are the variables that serve prints.
func printed(text string) map[string]string {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	return values
}

// TestContainersByTheRecipe: a container that is put together as packaging/docker says
// gets credentials by boto3, from the socket that is mounted into the relay and sees
// nothing else of the machine; a token of another profile gets it none.
func TestContainersByTheRecipe(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	testenv.Program(t, "socat", "socat")
	testenv.Program(t, "unshare", "util-linux")
	testenv.Program(t, "ip", "iproute2")
	if err := newCommand(t, "unshare", "--user", "--map-root-user", "--net", "--mount", "true").Run(); err != nil {
		testenv.That(t, false, "user namespaces")
	}
	w := plainWorld(t)
	w.add(bastion, w.aws.Key)
	w.signIn(bastion)
	values, other := printed(w.must("serve", "--docker", plain)), printed(w.must("serve", "--docker", bastion))
	r := w.cook("compose.yaml", values)
	const python = debianPython + ` -c 'import boto3; c = boto3.Session().get_credentials().get_frozen_credentials(); print(c.access_key[:4], bool(c.token))'`
	if got := w.inContainers(r, values, python); got.code != 0 || got.stdout != "ASIA True\n" {
		t.Errorf("exit code %d, %s%s", got.code, got.stdout, got.stderr)
	}
	foreign := w.cook("compose.yaml", map[string]string{
		"VAULTBAR_RELAY_FOLDER": values["VAULTBAR_RELAY_FOLDER"], "AWS_CONTAINER_CREDENTIALS_FULL_URI": values["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
		"AWS_CONTAINER_AUTHORIZATION_TOKEN": other["AWS_CONTAINER_AUTHORIZATION_TOKEN"],
	})
	if got := w.inContainers(foreign, values, python); got.code == 0 {
		t.Errorf("with another token: %s%s", got.stdout, got.stderr)
	}
	desktop := w.cook("compose.desktop.yaml", values)
	if want := "TCP4:host.docker.internal:" + values["VAULTBAR_RELAY_PORT"]; !strings.HasSuffix(desktop.relay, want) || values["VAULTBAR_RELAY_PORT"] == "" {
		t.Errorf("with Docker Desktop the relay is %s", desktop.relay)
	}
}

// TestServeStands: what is served is in the status until it is ended, by its name or by a
// lock, and a new token comes after that.
func TestServeStands(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	serve := func() *servedCommand {
		values := printed(w.must("serve", plain))
		return &servedCommand{world: w, address: values["AWS_CONTAINER_CREDENTIALS_FULL_URI"], token: values["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
	}
	s := serve()
	if got := s.ask("/"); got.status != 200 {
		t.Fatalf("%+v", got)
	}
	if again := serve(); again.token != s.token || again.address != s.address {
		t.Error("what is served already was begun anew")
	}
	if status := w.must("status"); !strings.Contains(status, plain+" at "+s.address) {
		t.Errorf("the status is\n%s", status)
	}
	w.must("serve", "--stop", plain)
	if got := s.ask("/"); got.status != 0 {
		t.Errorf("after the end: %+v", got)
	}
	s = serve()
	w.must("lock")
	if got := s.ask("/"); got.status != 0 {
		t.Errorf("while locked: %+v", got)
	}
	w.must("unlock")
	if got := s.ask("/"); got.status != 0 || strings.Contains(w.must("status"), s.address) {
		t.Errorf("unlocked again: %+v", got)
	}
	next := serve()
	if next.token == s.token || next.ask("/").status != 200 {
		t.Error("after a lock it is not served anew")
	}
	for _, token := range []string{s.token, next.token} {
		if strings.Contains(w.logText()+w.must("status", "--json"), token) {
			t.Error("a token is in the log or in the status")
		}
	}
}
