// Package localhttp answers our own user's programs on this machine: the browser, where
// a console's sign-in URL is handed to it (app/browser/redirect), and where it comes
// back to after a sign-in at AWS (source/loopback); and whatever asks for credentials
// over HTTP (credserver).
//
// Any page that a browser shows, any other user and any program of this machine can
// send a request to any port of it. So what is the same for all who listen stands
// here, in [Server]: it listens on a random port of 127.0.0.1 and nowhere else; it asks
// the kernel who made a connection, before it reads anything; it holds few connections
// open, of other users fewer and never in the place of our own; each has seconds, and a
// head of few kilobytes. A request is handed on when our own user made it, its Host is
// the listener's own to the letter, so that no name that was rebound to the loopback
// passes, and it carries no sign of a page's script, of a proxy or of a browser that
// fetches ahead of its person. All others are answered 403 without a word. Whoever
// reaches a socket in a folder of our own user's is our own user: the system sees to it.
//
// What an address leads to, for how long and how often is for those who listen to say.
//
// Start with [Listen].
package localhttp
