// Package credserver hands a profile's credentials to programs over HTTP on this
// machine, in the two ways that AWS's SDKs know: the container endpoint of ECS and the
// metadata service of EC2 (IMDSv2). SDKs come again when a session nears its end, so a
// program may run for longer than a session lives.
//
// A [Server] listens by a [localhttp.Server], which lets only our own user's connections
// in, with the right Host and without a sign of a web page. What is served stands
// behind that: GET alone, and for a container endpoint only with the token that
// belongs to the profile, compared in constant time. After 20 different wrong tokens
// the profile is served no more. The metadata service demands the token of its own
// protocol; without one, which is version 1, nothing is answered.
//
// A request never waits for a person, nor longer than SDKs do: what takes longer goes
// on by itself, and what needs a person is asked aside, while the program gets a 503 at
// once and comes again. Nothing is kept here but the tokens: credentials come from the
// [Source] each time, which is the vault behind its lock.
//
// SDKs pretend that a session of the metadata service lives on when it has less than
// 25 minutes left and no better one comes (a "static stability" of theirs). Sessions
// are therefore renewed when they have less than that; see expiry.go.
//
// [Standing] are the servers that no command of ours waits for. Containers reach these
// too, by a relay at the address of ECS that passes requests on as they are: through a
// socket that is mounted into it, or a port (listeners.go; the recipe is in
// packaging/docker).
//
// Start with [Open].
package credserver
