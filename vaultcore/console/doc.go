// Package console signs a profile in to the AWS console: [Find] finds the session to
// do it with, [Users.SignIn] gets the credentials, [Login.URL] the address.
//
// Three things are decided here, each by a value that can be printed and
// compared: how somebody signs in ([Choose]), where in the console they
// land ([Target.Resolve] gives a [Destination]), and what the sign-in endpoint
// is asked ([Signer.URL]).
//
// A sign-in URL is as good as the credentials it was made of, and the
// credentials are sent to make it. So the hosts come from one table of
// partitions and nothing is ever built from the text of a config file: a region
// must look like one and belong to the partition, and of an address that a
// person pastes only the path, the query and the fragment are kept, after its
// host was found in the table. A [Destination] can be had through these checks
// only. The endpoint is asked by POST, since a GET would carry the keys in its
// address, over TLS, and no redirect is followed. No error quotes an address or
// what an endpoint answered.
//
// What it refuses: partitions whose console is not on the public network, a
// long-term key or a GetSessionToken session to sign in with (AWS does not take
// them), and everything that could lead a browser off AWS's consoles.
//
// It knows no STS, no pool of sessions and no browser: a [Session] and a [Federator]
// have the first two, and the caller hands the URL to a browser by way of package
// redirect.
//
// Start with [Choose] and [Users.SignIn].
package console
