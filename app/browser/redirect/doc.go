// Package redirect gives a secret address to a browser without putting it on a
// command line, where every user of the machine could read it.
//
// A browser is given an address of this machine instead, which holds
// nothing but 256 random bits and leads on to the secret one. That address works
// once, for 30 seconds, for a process of our own user that asks for exactly it:
// the Host must be the listener's own, to the letter, so that no name that was
// rebound to the loopback passes; nothing that a web page or a proxy sends along
// (Origin, Referer, Sec-Fetch-Site, X-Forwarded-…) may be there; and a browser
// that only prefetches does not use it up. Who is at the other end is asked of
// the kernel for each connection: another user's is answered 403, and changes
// nothing. A connection that the kernel tells nothing about is another user's.
//
// Each address has a listener of its own on a random port of 127.0.0.1. It stays
// for 30 seconds after the address has ended, to tell a second use apart from a
// program that is not there, and is gone then; no address, no listener.
//
// Which program came is found out before it is answered, where the system tells:
// another one of our user may have read the address from the browser's command line.
// Whether that was the browser is for the caller to say.
//
// What it does not do: it starts no browser, and it cannot keep the browser from
// writing where it went into its history.
//
// How the kernel is asked differs: Linux by NETLINK_SOCK_DIAG (else
// /proc/net/tcp), macOS by the sysctl net.inet.tcp.pcblist_n, Windows by
// GetExtendedTcpTable and the token of the process that it names.
//
// Start with [Open].
package redirect
