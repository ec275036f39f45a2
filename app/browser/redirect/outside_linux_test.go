package redirect

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// outsideVariable is set in a process that has a network of its own.
const outsideVariable = "HANDOFF_OUTSIDE"

// TestUnreachableFromOutside asks for an address from another machine, by two ways in
// which a packet from outside comes to a listener of the loopback. A listener that does
// not look who comes is the proof that it does come.
func TestUnreachableFromOutside(t *testing.T) {
	if os.Getenv(outsideVariable) == "" {
		testenv.Root(t)
		testenv.Program(t, "ip", "iproute2")
		again := exec.Command(testenv.Program(t, "unshare", "util-linux"), "--net", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		again.Env = append(os.Environ(), outsideVariable+"=1")
		out, err := again.CombinedOutput()
		testenv.Again(t, out, err)
		return
	}
	outside := newMachine(t)
	naive := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "come in") }))
	defer naive.Close()
	h := mustOpen(t)
	h.lasts()
	port := h.local.Host()[strings.LastIndex(h.local.Host(), ":"):]
	open := strings.TrimPrefix(naive.URL, "http://")
	for way, at := range map[string]string{"to our loopback": "127.0.0.1", "to our address": "192.0.2.1"} {
		if at == "192.0.2.1" { // which leads to the loopback
			nft := exec.Command(testenv.Program(t, "nft", "nftables"), "add table ip vb; add chain ip vb in { type nat hook prerouting priority -100; }; add rule ip vb in iifname vb0 tcp dport 1-65535 dnat to 127.0.0.1")
			if out, err := nft.CombinedOutput(); err != nil {
				testenv.That(t, false, fmt.Sprintf("the kernel's nat: %v: %s", err, out))
			}
		}
		if got := outside.ask(t, at+open[strings.LastIndex(open, ":"):], "GET / HTTP/1.0\r\nHost: "+open+"\r\n\r\n"); got != `200 "" "come in"` {
			t.Fatalf("%s no packet comes: %s", way, got)
		}
		if got := outside.ask(t, at+port, h.get()); got != `403 "" ""` || h.isUsed() {
			t.Errorf("%s: %s, used %t", way, got, h.isUsed())
		}
	}
	if response, _ := ask(t, h.dial(t), h.get()); response.StatusCode != http.StatusSeeOther {
		t.Errorf("then we got %d", response.StatusCode)
	}
}

// machine is a second machine: a network of its own with one cable to this one. It has
// no loopback, and takes the way over the cable to ours, which a machine that passes
// such packets on (route_localnet, as container systems set it) lets in.
type machine struct{ pid string }

func newMachine(t *testing.T) machine {
	t.Helper()
	holder := exec.Command("unshare", "--net", "sh", "-c", "echo up; exec cat")
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close(); _ = holder.Wait() })
	if _, err := io.ReadFull(stdout, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	m := machine{strconv.Itoa(holder.Process.Pid)}
	run(t, "sh", "-ec", `ip link set lo up
		ip link add vb0 type veth peer name vb1 netns `+m.pid+`
		ip address add 192.0.2.1/24 dev vb0
		ip link set vb0 up
		echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet`)
	run(t, "nsenter", "--net=/proc/"+m.pid+"/ns/net", "sh", "-ec", `ip address add 192.0.2.2/24 dev vb1
		ip link set vb1 up
		echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet
		ip route add 127.0.0.1/32 via 192.0.2.1`)
	return m
}

// ask sends a request from there.
func (m machine) ask(t *testing.T, address, request string) string {
	t.Helper()
	return run(t, "nsenter", "--net=/proc/"+m.pid+"/ns/net", "env", otherUserVariable+"="+request, otherUserAddress+"="+address, os.Args[0])
}

// run runs what must succeed.
func run(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", command, err, out)
	}
	return strings.TrimSpace(string(out))
}
