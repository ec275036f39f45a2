//go:build linux || darwin

package redirect

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// nobody is a user who is never us.
const nobody = 65534

// The test binary is its own other user: with this variable it asks for the
// address in it and prints the status.
const otherUserVariable = "HANDOFF_STRANGER"

// otherUserAddress is where it asks, if not where the request says.
const otherUserAddress = "HANDOFF_STRANGER_ADDRESS"

func TestMain(m *testing.M) {
	if request := os.Getenv(otherUserVariable); request != "" {
		fmt.Println(strange(request))
		return
	}
	os.Exit(m.Run())
}

// strange sends a request and tells what came back.
func strange(request string) string {
	_, host, _ := strings.Cut(request, "Host: ")
	host, _, _ = strings.Cut(host, "\r\n")
	conn, err := net.DialTimeout("tcp", cmp.Or(os.Getenv(otherUserAddress), host), time.Minute)
	if err != nil {
		return err.Error()
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return err.Error()
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err.Error()
	}
	body, _ := io.ReadAll(response.Body)
	return fmt.Sprintf("%d %q %q", response.StatusCode, response.Header.Get("Location"), body)
}

// asNobody runs the test binary as another user.
func asNobody(t *testing.T, request string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "redirect")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := dir + "/stranger" // where they may enter; the test's own folder is closed
	if err := os.WriteFile(copied, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(copied)
	command.Dir = dir
	command.Env = []string{otherUserVariable + "=" + request}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// Another user who knows the address gets nothing, before and after us, and
// does not use it up.
func TestOtherUser(t *testing.T) {
	testenv.Root(t)
	h := mustOpen(t)
	h.lasts()
	if got, want := asNobody(t, h.get()), `403 "" ""`; got != want || h.isUsed() {
		t.Errorf("another user got %s, used %v", got, h.isUsed())
	}
	if response, _ := ask(t, h.dial(t), h.get()); response.StatusCode != http.StatusSeeOther {
		t.Errorf("then we got %d", response.StatusCode)
	}
	if got, want := asNobody(t, h.get()), `403 "" ""`; got != want {
		t.Errorf("afterwards another user got %s", got)
	}
}
