package awstest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// Proxy is the proxy of a company that inspects traffic: it answers for every host
// with a certificate of its own authority, and hands what it reads to a [Server].
type Proxy struct {
	server   *Server
	listener net.Listener
	key      *ecdsa.PrivateKey
	root     *x509.Certificate
	password string // "user:password" that it wants; guarded by mu

	mu    sync.Mutex
	hosts []string // guarded by mu: what was asked for
}

// NewProxy starts a proxy that ends with the test.
func NewProxy(t T, server *Server) *Proxy {
	t.Helper()
	p, err := startProxy(server)
	if err != nil {
		panic(fmt.Sprintf("awstest: no proxy: %v", err))
	}
	t.Cleanup(func() { _ = p.listener.Close() })
	return p
}

func startProxy(server *Server) (*Proxy, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	p := &Proxy{server: server, key: key}
	template := certificate("the authority of a company")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	if p.root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	if p.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go p.accept()
	return p, nil
}

// URL is the address of the proxy.
func (p *Proxy) URL() string { return "http://" + p.listener.Addr().String() }

// CA is the certificate of its authority, as PEM.
func (p *Proxy) CA() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.root.Raw})
}

// Hosts are the hosts that it was asked for, in order.
func (p *Proxy) Hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.hosts...)
}

// Wants makes it ask for "user:password".
func (p *Proxy) Wants(account string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.password = account
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			p.serve(conn)
		}()
	}
}

// serve answers one CONNECT, and then in the place of the host.
func (p *Proxy) serve(conn net.Conn) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil || request.Method != http.MethodConnect {
		return
	}
	p.mu.Lock()
	wanted := p.password
	p.hosts = append(p.hosts, request.Host)
	p.mu.Unlock()
	given := &http.Request{Header: http.Header{"Authorization": request.Header["Proxy-Authorization"]}}
	if user, password, _ := given.BasicAuth(); wanted != "" && user+":"+password != wanted {
		_, _ = fmt.Fprint(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return
	}
	_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
	inner := tls.Server(conn, &tls.Config{GetCertificate: p.certificate})
	one := &oneListener{conn: inner, done: make(chan struct{})}
	_ = (&http.Server{Handler: p.server.handler(), ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute}).Serve(one)
}

// certificate is made for whatever host is asked for.
func (p *Proxy) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	template := certificate(hello.ServerName)
	template.DNSNames = []string{hello.ServerName}
	der, err := x509.CreateCertificate(rand.Reader, template, p.root, p.key.Public(), p.key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.key}, err
}

func certificate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

// oneListener is a listener of one connection, which ends with it.
type oneListener struct {
	conn net.Conn
	once sync.Once
	done chan struct{}
}

// Accept returns the connection once, and then waits for its end.
func (l *oneListener) Accept() (net.Conn, error) {
	var conn net.Conn
	l.once.Do(func() { conn = &ending{l.conn, sync.OnceFunc(func() { close(l.done) })} })
	if conn != nil {
		return conn, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

// Close is part of [net.Listener].
func (l *oneListener) Close() error { return nil }

// Addr is part of [net.Listener].
func (l *oneListener) Addr() net.Addr { return l.conn.LocalAddr() }

// ending tells when a connection is closed.
type ending struct {
	net.Conn
	ended func()
}

// Close closes the connection.
func (e *ending) Close() error {
	defer e.ended()
	return e.Conn.Close()
}
