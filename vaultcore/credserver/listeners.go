package credserver

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

// ContainerHost is the address at which a container of ECS finds its credentials. SDKs
// send tokens in clear to no other, but for the loopback.
const ContainerHost = "169.254.170.2"

// listeners are where a relay comes in with what containers ask for: by a socket that is
// mounted into its container, or, from containers in a machine of their own (Docker
// Desktop), by a port of 127.0.0.1. Requests are passed on as they are, so their Host is
// that of the relay, and their path begins with the profile.
type listeners struct {
	servers []*localhttp.Server
	folder  string
	port    int
	find    func(profile string) *container
}

func openListeners(folder string, find func(profile string) *container) (*listeners, error) {
	l := &listeners{find: find}
	server, err := localhttp.Listen(localhttp.Options{Host: ContainerHost, Listen: func() (net.Listener, error) {
		port, err := net.Listen("tcp4", "127.0.0.1:0")
		if err == nil {
			l.port = port.Addr().(*net.TCPAddr).Port
		}
		return port, err
	}})
	if err != nil {
		return nil, err
	}
	l.servers = append(l.servers, server)
	socket, err := listenInFolder(folder)
	if err != nil {
		l.close()
		return nil, err
	}
	if socket != nil {
		server, err := localhttp.Listen(localhttp.Options{Host: ContainerHost, Listen: func() (net.Listener, error) { return socket, nil }})
		if err != nil {
			l.close()
			return nil, err
		}
		l.folder, l.servers = folder, append(l.servers, server)
	}
	for _, server := range l.servers {
		go server.Serve(l.serve)
	}
	return l, nil
}

func (l *listeners) close() {
	for _, server := range l.servers {
		server.Close()
	}
}

// relay is how containers ask for a profile.
func (l *listeners) relay(profile string) Relay {
	return Relay{Address: "http://" + ContainerHost + "/" + url.PathEscape(profile), Folder: l.folder, Port: l.port}
}

// serve answers as the server of the profile does that the path begins with. A profile
// that is not served is answered like a wrong token, so that nobody learns which are.
func (l *listeners) serve(w http.ResponseWriter, r *http.Request, from localhttp.Peer) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	profile, err := url.PathUnescape(name)
	path, wrong := url.PathUnescape(rest)
	if err != nil || wrong != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	container := l.find(profile)
	if container == nil {
		unauthorized(w)
		return
	}
	within := r.Clone(r.Context())
	within.URL.Path, within.URL.RawPath = "/"+path, ""
	container.serve(w, within, from)
}
