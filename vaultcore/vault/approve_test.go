package vault

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// TestSubjects compares what a person is asked to allow with a golden file.
func TestSubjects(t *testing.T) {
	endpoint := trust.Item{Kind: trust.OfEndpoint, Value: "http://127.0.0.1:4566"}
	signIn := trust.Item{Kind: trust.OfSignIn, Value: "https://portal.corp.example"}
	proxy := trust.Item{Kind: trust.OfProxy, Value: "http://proxy.corp.example:3128"}
	bundle := trust.Item{Kind: trust.OfBundle, Value: "/etc/corp/ca.pem"}
	shell := process.Command{Key: "credential_process", Text: "okta | jq .", Profile: "dev", Shell: true}
	subjects := []string{
		trust.Question("robot", []trust.Item{endpoint}),
		trust.Question("", []trust.Item{endpoint}),
		trust.Question("dev", []trust.Item{signIn}),
		trust.Question("robot", []trust.Item{proxy}),
		trust.Question("robot", []trust.Item{bundle}),
		trust.Question("robot", []trust.Item{proxy, bundle}),
		trust.Question("dev\u202e", []trust.Item{endpoint, signIn, proxy}),
		trust.Question("robot", []trust.Item{{Kind: trust.OfBundle, Value: "/" + strings.Repeat("long/", 60)}}),
		subjectOfCommand(commandOf("dev", "okta --for dev"), "/opt/okta"),
		subjectOfCommand(commandOf("dev", "/opt/okta --for dev"), "/opt/okta"),
		subjectOfCommand(shell, "/bin/sh"),
		subjectOfFolder("robot", "~/infra"),
		subjectOfFolder("rob\u202eot", "~/infra"),
	}
	golden.Check(t, "subjects.golden", strings.Join(subjects, "\n")+"\n")
}
