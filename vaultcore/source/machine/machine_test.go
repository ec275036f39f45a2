package machine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func envOf(pairs ...string) vaultcore.Environment {
	var env vaultcore.Environment
	for i := 0; i < len(pairs); i += 2 {
		env = env.With(pairs[i], pairs[i+1])
	}
	return env
}

// TestRead holds what an environment says against what a plan is made of.
func TestRead(t *testing.T) {
	const (
		relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
		full     = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
		token    = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
		file     = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
		metadata = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
	)
	path := filepath.Join(t.TempDir(), "token")
	for name, test := range map[string]struct {
		env  vaultcore.Environment
		want plan.Machine // with ? for any hash
		err  bool
	}{
		"nothing":                {envOf(), plan.Machine{}, false},
		"an id without a secret": {envOf("AWS_ACCESS_KEY_ID", "AKIA1"), plan.Machine{}, false},
		"keys":                   {envOf("AWS_ACCESS_KEY_ID", "AKIA1", "AWS_SECRET_ACCESS_KEY", "s"), plan.Machine{Keys: "?"}, false},
		"keys of a session": {envOf("AWS_ACCESS_KEY_ID", "ASIA1", "AWS_SECRET_ACCESS_KEY", "s", "AWS_SESSION_TOKEN", "t"),
			plan.Machine{Keys: "?", Temporary: true}, false},
		"ECS":               {envOf(relative, "/v2/credentials/x", full, "http://127.0.0.1/y"), plan.Machine{Container: "http://169.254.170.2/v2/credentials/x"}, false},
		"a host in it":      {envOf(relative, "//evil.example/x"), plan.Machine{Container: "http://169.254.170.2//evil.example/x"}, false},
		"a user in it":      {envOf(relative, "@evil.example/x"), plan.Machine{Container: "http://169.254.170.2/@evil.example/x"}, false},
		"EKS":               {envOf(full, "http://169.254.170.23/v1/credentials", file, path), plan.Machine{Container: "http://169.254.170.23/v1/credentials", TokenFile: path}, false},
		"EKS by IPv6":       {envOf(full, "http://[fd00:ec2::23]/v1/credentials"), plan.Machine{Container: "http://[fd00:ec2::23]/v1/credentials"}, false},
		"a token":           {envOf(full, "https://example.com/x", token, "t"), plan.Machine{Container: "https://example.com/x", Token: "?"}, false},
		"a file wins":       {envOf(full, "http://localhost:8080/x", token, "t", file, path), plan.Machine{Container: "http://localhost:8080/x", TokenFile: path}, false},
		"a token alone":     {envOf(token, "t"), plan.Machine{}, false},
		"another machine":   {envOf(full, "http://example.com/x"), plan.Machine{}, true},
		"one that looks so": {envOf(full, "http://169.254.170.2.example.com/x"), plan.Machine{}, true},
		"no URL":            {envOf(full, "x"), plan.Machine{}, true},
		"half a path":       {envOf(full, "http://127.0.0.1/x", file, "token"), plan.Machine{}, true},
		"no metadata":       {envOf("AWS_EC2_METADATA_DISABLED", "TRUE"), plan.Machine{NoMetadata: true}, false},
		"usual metadata":    {envOf(metadata, "http://169.254.169.254/"), plan.Machine{}, false},
		"other metadata":    {envOf(metadata, "http://127.0.0.1:1338"), plan.Machine{Metadata: "http://127.0.0.1:1338"}, false},
		"metadata by IPv6":  {envOf("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6"), plan.Machine{Metadata: "http://[fd00:ec2::254]"}, false},
		"strange metadata":  {envOf(metadata, "http://10.0.0.1"), plan.Machine{}, true},
	} {
		got, _, err := machine.Read(test.env)
		for _, hash := range []*string{&got.Keys, &got.Token} {
			if len(*hash) == 64 {
				*hash = "?"
			}
		}
		if got != test.want || (err != nil) != test.err || test.err && !errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err != nil {
			golden.Message(t, name, testkit.ErrorText(err))
		}
	}
}

// TestKeysAreToldApart: who does not have all of a key is another one.
func TestKeysAreToldApart(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range [][3]string{{"AKIA1", "s", ""}, {"AKIA1", "other", ""}, {"AKIA2", "s", ""}, {"AKIA1", "s", "t"}} {
		m, _, err := machine.Read(envOf("AWS_ACCESS_KEY_ID", key[0], "AWS_SECRET_ACCESS_KEY", key[1], "AWS_SESSION_TOKEN", key[2]))
		if err != nil || seen[m.Keys] {
			t.Errorf("%v is taken for another, %v", key, err)
		}
		seen[m.Keys] = true
	}
}

// host is an AWS, and the machine that runs there.
type host struct {
	aws    *awstest.Server
	role   *awstest.Role
	source *machine.Source
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{aws: awstest.NewServer(t)}
	h.role = h.aws.Account("111111111111").Role("web", awstest.Trust{})
	h.source = machine.NewSource(machine.Options{Carriers: awshttp.New(5 * time.Second), Attempt: 5 * time.Second})
	return h
}

func step(what string, change func(*plan.Step)) plan.Step {
	s := plan.Step{Kind: machine.Kind, Profile: "ci", Region: "us-east-1",
		Source: vaultcore.Source{Kind: vaultcore.MachineSource, Key: "credential_source", Value: what}}
	change(&s)
	return s
}

func (h *host) instance() plan.Step {
	return step(plan.OfInstance, func(s *plan.Step) { s.Endpoint = h.aws.URL() })
}

// TestMachines: each kind gives the session that the machine has, with its end.
func TestMachines(t *testing.T) {
	h := newHost(t)
	h.aws.InstanceRole(h.role)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("canary-pod\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	task, withToken, withFile := h.aws.Container(h.role, ""), h.aws.Container(h.role, "canary-task"), h.aws.Container(h.role, "canary-pod")
	held, secrets, err := machine.Read(envOf("AWS_CONTAINER_CREDENTIALS_FULL_URI", withToken, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary-task"))
	if err != nil {
		t.Fatal(err)
	}
	h.source.Hold(t.Context(), held, secrets)
	for name, s := range map[string]plan.Step{
		"instance": h.instance(),
		"task":     step(plan.OfContainer, func(s *plan.Step) { s.Endpoint = task }),
		"token":    step(plan.OfContainer, func(s *plan.Step) { s.Endpoint, s.Source.Caller = withToken, held.Token }),
		"file":     step(plan.OfContainer, func(s *plan.Step) { s.Endpoint, s.Source.TokenFile = withFile, file }),
	} {
		got, err := h.source.Run(t.Context(), s, vaultcore.Credentials{})
		if err != nil || got.LongTerm() || time.Until(got.Expires) < 30*time.Minute || h.source.Asks(s) {
			t.Errorf("%s: ends %v, %v", name, got.Expires, err)
			continue
		}
		if made, _ := h.aws.Session(got.AccessKeyID); !strings.HasPrefix(made.ARN, "arn:aws:sts::111111111111:assumed-role/web/") {
			t.Errorf("%s is %s", name, made.ARN)
		}
	}
}

// TestKeysAreLent: the keys of a program are there for as long as its request, and for
// nobody else.
func TestKeysAreLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := machine.NewSource(machine.Options{})
		m, secrets, err := machine.Read(envOf("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY", "canary"))
		if err != nil {
			t.Fatal(err)
		}
		mine := step(plan.OfEnvironment, func(s *plan.Step) { s.Source.Caller = m.Keys })
		others := step(plan.OfEnvironment, func(s *plan.Step) { s.Source.Caller = "other" })
		unknown := step(plan.OfEnvironment, func(*plan.Step) {})
		first, endFirst := context.WithCancel(t.Context())
		second, endSecond := context.WithCancel(t.Context())
		source.Hold(first, m, secrets)
		source.Hold(second, m, secrets)
		endFirst()
		synctest.Wait()
		got, err := source.Run(t.Context(), mine, vaultcore.Credentials{})
		if err != nil || got.SecretAccessKey.Reveal() != "canary" || source.Asks(mine) {
			t.Errorf("%v, %v", got, err)
		}
		endSecond()
		synctest.Wait()
		for name, s := range map[string]plan.Step{"others": others, "unknown": unknown, "given back": mine} {
			if _, err := source.Run(t.Context(), s, vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrNoCredentials) || !source.Asks(s) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if text := fmt.Sprintf("%v %+v %#v", secrets, secrets, m); strings.Contains(text, "canary") {
			t.Errorf("a secret is printed: %s", text)
		}
	})
}

// TestMachineFaults holds what goes wrong against the line that names its cause and the
// hint that helps.
func TestMachineFaults(t *testing.T) {
	for name, test := range map[string]struct {
		set  func(t *testing.T, h *host) plan.Step
		kind error
	}{
		"no role": {func(_ *testing.T, h *host) plan.Step { return h.instance() },
			vaultcore.ErrNoCredentials},
		"metadata that refuse": {func(_ *testing.T, h *host) plan.Step {
			h.aws.Fault(awstest.Fault{Kind: awstest.Status(403)})
			return h.instance()
		}, vaultcore.ErrRefused},
		"metadata out of order": {func(_ *testing.T, h *host) plan.Step {
			h.aws.InstanceRole(h.role)
			h.aws.Fault(awstest.Fault{Action: "InstanceCredentials", Kind: awstest.Status(503)})
			return h.instance()
		}, vaultcore.ErrNoAnswer},
		"a web page": {func(_ *testing.T, h *host) plan.Step {
			h.aws.Fault(awstest.Fault{Kind: awstest.HTML})
			return step(plan.OfContainer, func(s *plan.Step) { s.Endpoint = h.aws.Container(h.role, "") })
		}, vaultcore.ErrNoAnswer},
		"no container": {func(_ *testing.T, h *host) plan.Step {
			return step(plan.OfContainer, func(s *plan.Step) { s.Endpoint = h.aws.URL() + "/v2/credentials/x" })
		}, vaultcore.ErrRefused},
		"no token": {func(_ *testing.T, h *host) plan.Step {
			return step(plan.OfContainer, func(s *plan.Step) { s.Endpoint = h.aws.Container(h.role, "canary") })
		}, vaultcore.ErrRefused},
		"no file": {func(t *testing.T, h *host) plan.Step {
			return step(plan.OfContainer, func(s *plan.Step) {
				s.Endpoint, s.Source.TokenFile = h.aws.Container(h.role, "canary"), filepath.Join(t.TempDir(), "none")
			})
		}, vaultcore.ErrNoCredentials},
		"a token of nobody": {func(_ *testing.T, h *host) plan.Step {
			return step(plan.OfContainer, func(s *plan.Step) { s.Endpoint, s.Source.Caller = h.aws.Container(h.role, "canary"), "x" })
		}, vaultcore.ErrNoCredentials},
		"nothing there": {func(_ *testing.T, h *host) plan.Step {
			h.aws.Close()
			return step(plan.OfContainer, func(s *plan.Step) { s.Endpoint = h.aws.URL() + "/x" })
		}, vaultcore.ErrNoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			step := test.set(t, h)
			_, err := h.source.Run(t.Context(), step, vaultcore.Credentials{})
			if !errors.Is(err, test.kind) {
				t.Error(err)
			}
			golden.Message(t, "", testkit.ErrorText(err), cmp.Or(step.Source.TokenFile, "FILE"), "FILE")
		})
	}
}
