// Package agent is Vaultbar as the outside sees it: [Service], and that
// interface over a socket. [Server] serves any Service, [Client] is one.
//
// An operation is one row of a table in operations.go, which has its name, what it may
// do while Vaultbar is locked, and the types of its request and result; those are what
// is on the wire. [Guard] puts a function around every operation: a lock, an
// approval, an audit.
//
// The protocol is newline-delimited JSON, one request a connection. A request that
// needs an answer from the caller's own person gets an "ask" frame before its
// result; a long result comes in "part" frames first, and a watch
// gets a "changed" frame for each change. A frame is at most 256 KiB; a peer that is
// slow, broken or hostile costs nobody else anything. A request carries what the
// sender's environment says about AWS ([vaultcore.Environment]). Errors travel as
// codes from one table, so that errors.Is holds on both sides.
//
// It knows no AWS, no keychain and no desktop. Finding and guarding the socket
// is the work of package socket.
package agent
