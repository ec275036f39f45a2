// Package awstest is a strict local AWS: what httptest is to http, for the
// parts of AWS that hand out credentials. It serves real HTTP on the loopback
// and speaks the query protocol of STS and IAM, the console's sign-in, and the
// OIDC service and portal of IAM Identity Center, with pages for browsers, and the
// sign-in of `aws login`. An [Issuer] signs tokens that assume roles. The credentials
// that a machine has by itself come from it too: of an EC2 instance (IMDSv2 alone),
// and of a container of ECS.
//
// Strict means that it refuses what AWS refuses, with AWS's status, code and
// text: a signature is verified from the bytes that arrived, a session token
// belongs to one access key, an MFA code is good once, durations have limits,
// a GetSessionToken session without MFA cannot use IAM, a chained role lives
// an hour. Where AWS leaves room, it takes the harder side, so that what passes
// here passes there. It makes no exceptions for tests: there is no switch that
// skips a check, only a clock that can be moved and faults that can be injected.
//
// What it is not: it evaluates no policy language. Trust is a Go value
// ([Trust]), identity policies are a few flags of a [User]. Requests are signed
// in the Authorization header; presigned requests are not understood.
//
// A world is set up in Go:
//
//	srv := awstest.NewServer(t)
//	account := srv.Account("111111111111")
//	ann := account.User("ann")
//	key, device := ann.NewKey(), ann.NewMFA()
//	account.Role("admin", awstest.Trust{Principals: []string{ann.ARN()}, RequireMFA: true})
//
// An [IdentityCenter] has people of its own, whose sign-ins, tokens and assignments
// end as AWS's do: all tokens with the sign-in that they came from, though they say
// otherwise. [Visitor] is a person at a browser, as code or in a real one.
//
// The server is used with any client whose endpoint is [Server.URL], or that
// reaches AWS through a [Proxy]. One listener serves all services, told apart by
// the path, by the service in the signature's scope and by the request's Action
// and Version. Start with [NewServer] in a test and [Start]
// elsewhere; [Demo] makes a small complete world; [Server.Calls] tells what
// happened; [Server.Fault] makes it go wrong.
package awstest
