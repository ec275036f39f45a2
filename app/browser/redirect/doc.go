// Package redirect gives a secret address to a browser without putting it on a
// command line, where every user of the machine could read it.
//
// A browser is given an address of this machine instead, which holds
// nothing but 256 random bits and leads on to the secret one. Who may ask at all is
// the rule of package localhttp: a process of our own user, by the listener's own name,
// without a sign of a page's script or a proxy. That address works once, for 30
// seconds, for whoever asks for exactly it and was not led here by a web page (Referer,
// Sec-Fetch-Site).
//
// Each address has a listener of its own. It stays for 30 seconds after the address
// has ended, to tell a second use apart from a program that is not there, and is gone
// then; no address, no listener.
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
