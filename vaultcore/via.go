package vaultcore

// Via is what a request to AWS passes on its way. The zero value goes there
// directly and believes the certificates that the system does.
type Via struct {
	// Proxy is asked for https: scheme, host and port. Its user and password, if
	// it wants any, are no part of it.
	Proxy string
	// NoProxy are the hosts that are reached without it, as NO_PROXY has them.
	NoProxy string
	// Bundle are the files and folders whose certificates are believed in place of
	// the system's, a list as PATH is one.
	Bundle string
}
