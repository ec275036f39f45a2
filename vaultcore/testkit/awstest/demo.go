package awstest

import "strings"

// World is the standard world of [Demo].
type World struct {
	Server  *Server
	Account *Account
	User    *User
	Key     *Key
	MFA     *Device
	Role    *Role
}

// Demo makes a small complete world: the user ann of account 111111111111 with
// a key and an MFA device, and the role hoge of the same account, which
// trusts ann when she has used it.
func Demo(srv *Server) World {
	w := World{Server: srv, Account: srv.Account("111111111111")}
	w.User = w.Account.User("ann")
	w.Key, w.MFA = w.User.NewKey(), w.User.NewMFA()
	w.Role = w.Account.Role("hoge", Trust{Principals: []string{w.User.ARN()}, RequireMFA: true})
	return w
}

// Config is an AWS config file with the world's two profiles: bastion-system,
// whose key is ann's, and hoge-system, the role above it.
func (w World) Config() string {
	return strings.Join([]string{
		"[profile bastion-system]",
		"region = ap-northeast-1",
		"mfa_serial = " + w.MFA.Serial(),
		"credential_process = vaultbar export --format=json bastion-system",
		"",
		"[profile hoge-system]",
		"region = ap-northeast-1",
		"role_arn = " + w.Role.ARN(),
		"source_profile = bastion-system",
		"",
	}, "\n")
}
