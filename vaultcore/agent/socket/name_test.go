package socket

import (
	"strings"
	"testing"
)

// table is a process table: number 10 connected, each is the child of the next.
func table(lines ...string) func(int) (process, bool) {
	return func(pid int) (process, bool) {
		i := pid - 10
		if i < 0 || i >= len(lines) {
			return process{}, false
		}
		args := strings.Fields(lines[i])
		return process{name: args[0], parent: pid + 1, args: func() []string { return args }}, true
	}
}

func TestNameOf(t *testing.T) {
	tests := []struct {
		name  string
		chain []string
		want  string
	}{
		{"a program that speaks for itself", []string{"terraform apply"}, "terraform"},
		{"through the command", []string{"vaultbar export x", "terraform apply"}, "terraform"},
		{"through the command and sh -c", []string{"vaultbar export x", "sh -c vaultbar", "terraform"}, "terraform"},
		{"clustered flags", []string{"vaultbar", "bash --norc -ec vaultbar", "make"}, "make"},
		{"on Windows", []string{"vaultbar.exe", "terraform.exe"}, "terraform"},
		{"in capitals", []string{"VAULTBAR.EXE", "Terraform.exe"}, "terraform"},
		{"through cmd", []string{"vaultbar.exe", "cmd.exe /d /s /C vaultbar", "terraform.exe"}, "terraform"},
		{"typed into cmd", []string{"vaultbar.exe signin corp", "cmd.exe"}, "vaultbar signin"},
		{"typed into PowerShell", []string{"vaultbar.exe renew", "PowerShell.exe -NoLogo"}, "vaultbar renew"},
		{"through PowerShell", []string{"vaultbar.exe", "powershell.exe -NoProfile -Command vaultbar", "make.exe"}, "make"},
		{"a PowerShell script", []string{"vaultbar.exe", `pwsh.exe -ExecutionPolicy Bypass -File C:\\deploy.ps1 prod`}, "deploy.ps1"},
		{"typed into a shell", []string{"vaultbar signin corp", "zsh"}, "vaultbar signin"},
		{"typed into a login shell", []string{"vaultbar renew prod", "bash --login"}, "vaultbar renew"},
		{"typed as aws-vault", []string{"aws-vault login prod", "fish"}, "aws-vault login"},
		{"typed with a flag first", []string{"vaultbar --prompt dialog signin", "zsh"}, "vaultbar"},
		{"typed with something that is no command", []string{"vaultbar p4ss", "zsh"}, "vaultbar"},
		{"typed alone", []string{"vaultbar", "zsh"}, "vaultbar"},
		{"a shell that asks itself", []string{"zsh"}, "zsh"},
		{"a shell script", []string{"vaultbar", "bash -e /home/ann/deploy.sh prod"}, "deploy.sh"},
		{"python script", []string{"vaultbar", "python3.12 /usr/bin/aws s3 ls"}, "aws"},
		{"python with plain flags", []string{"vaultbar", "python3 -sP /usr/bin/aws s3 ls"}, "aws"},
		{"python module", []string{"vaultbar", "python3 -m awscli s3"}, "awscli"},
		{"python code", []string{"vaultbar", "python3 -c import"}, "python3"},
		{"a flag that takes a value", []string{"vaultbar", "python3 -W ignore x.py"}, "python3"},
		{"module flag at the end", []string{"vaultbar", "python3 -m"}, "python3"},
		{"node", []string{"vaultbar", "node /app/cdk.js deploy"}, "cdk.js"},
		{"java", []string{"vaultbar", "java -jar /opt/tool.jar"}, "tool.jar"},
		{"an interpreter alone", []string{"vaultbar", "python3"}, "python3"},
		{"parent is gone", []string{"vaultbar"}, ""},
		{"process is gone", nil, ""},
		{"a long way of messengers", []string{"vaultbar", "vaultbar", "vaultbar", "vaultbar", "vaultbar", "vaultbar", "vaultbar", "vaultbar", "make"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := nameOf(10, table(test.chain...)); got != test.want {
				t.Errorf("named %q, want %q", got, test.want)
			}
		})
	}
}

func TestNameWithoutArguments(t *testing.T) {
	look := func(int) (process, bool) { return process{name: "python3"}, true }
	if got := nameOf(10, look); got != "python3" {
		t.Errorf("named %q", got)
	}
}

// Only the user's own SID is in the descriptor, and nothing is inherited.
func TestAccessFor(t *testing.T) {
	const sid = "S-1-5-21-1111111111-2222222222-3333333333-1001"
	if got, want := accessFor(sid), "D:P(A;;GA;;;S-1-5-21-1111111111-2222222222-3333333333-1001)"; got != want {
		t.Errorf("descriptor is %s, want %s", got, want)
	}
	if got, want := pipeName(sid), `\\.\pipe\vaultbar-S-1-5-21-1111111111-2222222222-3333333333-1001`; got != want {
		t.Errorf("pipe is %s, want %s", got, want)
	}
}

// A name that the system may have cut off is that of the executable.
func TestUncut(t *testing.T) {
	for _, c := range []struct{ name, path, want string }{
		{"terraform", "/usr/bin/other", "terraform"},
		{"terraform-provid", "/opt/terraform-provider-aws", "terraform-provider-aws"},
		{"terraform-provid", "", "terraform-provid"},
	} {
		if got := uncut(c.name, 16, func() string { return c.path }); got != c.want {
			t.Errorf("%s of %s is %s, not %s", c.name, c.path, got, c.want)
		}
	}
}
