package awshttp

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// get makes one request.
func get(t *testing.T, c *Carriers, via vaultcore.Via, url string) error {
	t.Helper()
	carrier, err := c.For(via)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := carrier.RoundTrip(request)
	if err == nil {
		_ = reply.Body.Close()
	}
	return err
}

// Certificates are believed where their bundle is named, and as the bundle is now. HTTP/2,
// which the app is built without, is not spoken with a server that offers it.
func TestBundle(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("it speaks %s", r.Proto)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	c := New(time.Minute)
	if err := get(t, c, vaultcore.Via{Bundle: file}, server.URL); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := get(t, c, vaultcore.Via{Bundle: file}, server.URL); !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" {
		t.Errorf("no certificate: %v", err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bundle := range []string{file, dir} {
		if err := get(t, c, vaultcore.Via{Bundle: bundle}, server.URL); err != nil {
			t.Errorf("%s: %v", bundle, err)
		}
	}
	var wrong *tls.CertificateVerificationError
	if err := get(t, c, vaultcore.Via{}, server.URL); !errors.As(err, &wrong) {
		t.Errorf("without it: %v", err)
	}
	if runtime.GOOS == "windows" {
		return // whose modes say nothing
	}
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := get(t, New(time.Minute), vaultcore.Via{Bundle: file}, server.URL); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("one that everybody may write: %v", err)
	}
}

// Ways that are used no more are given up.
func TestWaysAreBounded(t *testing.T) {
	c := New(time.Minute)
	for i := range 3 * maxWays {
		if _, err := c.For(vaultcore.Via{Proxy: fmt.Sprintf("http://proxy-%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.ways) != maxWays {
		t.Errorf("%d ways are kept", len(c.ways))
	}
	if carrier, _ := c.For(vaultcore.Via{}); carrier.(*http.Transport).TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Error("TLS 1.1 is spoken")
	}
}
