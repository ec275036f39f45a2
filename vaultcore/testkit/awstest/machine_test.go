package awstest

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// runsAs is a world on an instance with the role web, or in a container that has it.
func runsAs(t *testing.T) (*Server, *Role) {
	t.Helper()
	srv := NewServer(t)
	return srv, srv.Account("111111111111").Role("web", Trust{})
}

func instanceOf(srv *Server, v1 bool) aws.CredentialsProvider {
	client := imds.New(imds.Options{Endpoint: srv.URL(), ClientEnableState: imds.ClientEnabled, Retryer: aws.NopRetryer{}, EnableFallback: aws.BoolTernary(v1)})
	return ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client })
}

func containerAt(address, token string) aws.CredentialsProvider {
	return endpointcreds.New(address, func(o *endpointcreds.Options) { o.AuthorizationToken, o.Retryer = token, aws.NopRetryer{} })
}

func TestMachineCredentials(t *testing.T) {
	srv, role := runsAs(t)
	srv.InstanceRole(role)
	container, eks := srv.Container(role, ""), srv.Container(role, "canary")
	for name, provider := range map[string]func() aws.CredentialsProvider{
		"instance":  func() aws.CredentialsProvider { return instanceOf(srv, false) },
		"container": func() aws.CredentialsProvider { return containerAt(container, "") },
		"pod":       func() aws.CredentialsProvider { return containerAt(eks, "canary") },
	} {
		first, err := provider().Retrieve(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if arn := who(t, srv, creds{first.AccessKeyID, first.SecretAccessKey, first.SessionToken}); !strings.HasPrefix(arn, "arn:aws:sts::111111111111:assumed-role/web/") {
			t.Errorf("%s is %s", name, arn)
		}
		if second, err := provider().Retrieve(t.Context()); err != nil || second.AccessKeyID != first.AccessKeyID {
			t.Errorf("%s has other credentials a moment later, %v", name, err)
		}
		srv.SetClockOffset(4 * time.Hour)
		if third, err := provider().Retrieve(t.Context()); err != nil || third.AccessKeyID == first.AccessKeyID {
			t.Errorf("%s has the same credentials in the end, %v", name, err)
		}
		srv.SetClockOffset(0)
	}
}

// TestMachineRefusals: version 2 of the metadata alone, and a container's own token.
func TestMachineRefusals(t *testing.T) {
	srv, role := runsAs(t)
	srv.InstanceRole(role)
	container := srv.Container(role, "canary")
	token := fetch(t, srv.URL()+"/latest/api/token", http.MethodPut, metadataTTL, "60")
	if token.status != 200 || token.ttl != "60" {
		t.Fatalf("%+v", token)
	}
	for name, c := range map[string]struct {
		path, method string
		header       []string
		status       int
	}{
		"a token by GET":         {"/latest/api/token", http.MethodGet, []string{metadataTTL, "60"}, 405},
		"a token without a life": {"/latest/api/token", http.MethodPut, nil, 400},
		"a token for no time":    {"/latest/api/token", http.MethodPut, []string{metadataTTL, "0"}, 400},
		"a token for too long":   {"/latest/api/token", http.MethodPut, []string{metadataTTL, "21601"}, 400},
		"by a proxy":             {"/latest/api/token", http.MethodPut, []string{metadataTTL, "60", "X-Forwarded-For", "10.0.0.1"}, 403},
		"version 1":              {rolesPath, http.MethodGet, nil, 401},
		"another token":          {rolesPath + "web", http.MethodGet, []string{metadataToken, "x"}, 401},
		"another role":           {rolesPath + "admin", http.MethodGet, []string{metadataToken, token.body}, 404},
		"no such container":      {containerPath + "x", http.MethodGet, nil, 404},
		"a container's post":     {strings.TrimPrefix(container, srv.URL()), http.MethodPost, []string{"Authorization", "canary"}, 405},
		"no authorization":       {strings.TrimPrefix(container, srv.URL()), http.MethodGet, nil, 401},
		"another authorization":  {strings.TrimPrefix(container, srv.URL()), http.MethodGet, []string{"Authorization", "Canary"}, 401},
	} {
		if got := fetch(t, srv.URL()+c.path, c.method, c.header...); got.status != c.status || strings.Contains(got.body, "Secret") {
			t.Errorf("%s: %d, %q", name, got.status, got.body)
		}
	}
	srv.SetClockOffset(time.Minute)
	if got := fetch(t, srv.URL()+rolesPath, http.MethodGet, metadataToken, token.body); got.status != 401 {
		t.Errorf("a token lives on: %d", got.status)
	}
	srv.SetClockOffset(0)
	srv.InstanceRole(nil)
	if _, err := instanceOf(srv, true).Retrieve(t.Context()); err == nil {
		t.Error("an instance without a role has credentials")
	}
}

// answered is what came of a request.
type answered struct {
	status    int
	body, ttl string
}

func fetch(t *testing.T, address, method string, header ...string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{reply.StatusCode, string(body), reply.Header.Get(metadataTTL)}
}

// TestMachineForBoto3: its providers get what the SDK's do.
func TestMachineForBoto3(t *testing.T) {
	testenv.Time(t)
	if err := exec.CommandContext(t.Context(), debianPython, "-c", "import boto3").Run(); err != nil {
		testenv.That(t, false, "boto3 (Debian's package python3-boto3)")
	}
	srv, role := runsAs(t)
	srv.InstanceRole(role)
	for name, variables := range map[string][]string{
		"instance":  {"AWS_EC2_METADATA_DISABLED=false", "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + srv.URL()},
		"container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + srv.Container(role, "canary"), "AWS_CONTAINER_AUTHORIZATION_TOKEN=canary"},
	} {
		folder := t.TempDir()
		cmd := directory{srv: srv}.inAWS(t, folder, debianPython, "-c", `import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])`)
		cmd.Env = append(cmd.Env, variables...)
		cmd.Env = append(cmd.Env, "AWS_CONFIG_FILE="+filepath.Join(folder, "none"))
		if got := outputOf(t, cmd); !strings.HasPrefix(got, "arn:aws:sts::111111111111:assumed-role/web/") {
			t.Errorf("%s is %q", name, got)
		}
	}
}
