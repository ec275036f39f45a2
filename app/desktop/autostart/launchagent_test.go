package autostart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// TestLaunchAgent: what launchd reads is what was looked at.
func TestLaunchAgent(t *testing.T) {
	text := launchAgent("/Applications/Vaultbar.app/Contents/MacOS/vaultbar-app", "/Users/ann/Library/Application Support/Vaultbar/run/agent.sock")
	golden.Check(t, "launchagent.plist", text)
}

// TestLaunchAgentKeys: each value is where launchd looks for it and of the kind that it
// wants, whatever characters are in the paths.
func TestLaunchAgentKeys(t *testing.T) {
	const program, socket = "/Users/a & <b>/vaultbar-app", "/Users/a & <b>/run/agent.sock"
	root := parsePlist(t, launchAgent(program, socket))
	for _, c := range []struct {
		path []string
		want any
	}{
		{[]string{"Label"}, label},
		{[]string{"ProgramArguments"}, []any{program}},
		{[]string{"Sockets", SocketName, "SockPathName"}, socket},
		{[]string{"Sockets", SocketName, "SockPathMode"}, 0o600},
		{[]string{"EnvironmentVariables", "PATH"}, "/usr/bin:/bin:/usr/sbin:/sbin"},
		{[]string{"EnvironmentVariables", "AWS_ENDPOINT_URL"}, ""},
		{[]string{"RunAtLoad"}, true},
		{[]string{"KeepAlive", "SuccessfulExit"}, false},
		{[]string{"SoftResourceLimits", "Core"}, 0},
		{[]string{"ProcessType"}, "Interactive"},
		{[]string{"LimitLoadToSessionType"}, "Aqua"},
	} {
		var at any = root
		for _, key := range c.path {
			inside, ok := at.(map[string]any)
			if !ok {
				t.Fatalf("%s: nothing to look into", strings.Join(c.path, " "))
			}
			at = inside[key]
		}
		if fmt.Sprintf("%T %v", at, at) != fmt.Sprintf("%T %v", c.want, c.want) {
			t.Errorf("%s is %T %v, not %v", strings.Join(c.path, " "), at, at, c.want)
		}
	}
	if len(root) != 9 {
		t.Errorf("it has %d keys", len(root))
	}
}

// TestSameEnvironment: what systemd takes out of the app's environment launchd empties.
func TestSameEnvironment(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join("..", "..", "..", "packaging", "linux", "vaultbar.service"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(unit)) {
		if names, ok := strings.CutPrefix(line, "UnsetEnvironment="); ok {
			out = append(out, strings.Fields(names)...)
		}
	}
	if slices.Sort(out); !slices.Equal(out, slices.Sorted(slices.Values(emptied))) {
		t.Errorf("systemd takes out\n%v\nlaunchd empties\n%v", out, slices.Sorted(slices.Values(emptied)))
	}
}

// parsePlist reads a property list, as far as ours go.
func parsePlist(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "dict" {
			root := plistValue(t, decoder, start).(map[string]any)
			for err == nil {
				_, err = decoder.Token()
			}
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return root
		}
	}
}

// plistValue is the value of an element that has begun.
func plistValue(t *testing.T, decoder *xml.Decoder, start xml.StartElement) any {
	t.Helper()
	var text strings.Builder
	var inside []any
	for {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inside = append(inside, plistValue(t, decoder, token))
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			return plistOf(t, start.Name.Local, text.String(), inside)
		}
	}
}

func plistOf(t *testing.T, kind, text string, inside []any) any {
	t.Helper()
	switch kind {
	case "key", "string":
		return text
	case "integer":
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil {
			t.Errorf("%q is no number", text)
		}
		return n
	case "true", "false":
		return kind == "true"
	case "array":
		return inside
	case "dict":
		values := make(map[string]any)
		for pair := range slices.Chunk(inside, 2) {
			if len(pair) != 2 || values[pair[0].(string)] != nil {
				t.Fatalf("a key has no value, or two: %v", pair)
			}
			values[pair[0].(string)] = pair[1]
		}
		return values
	}
	t.Fatalf("launchd knows no <%s>", kind)
	return nil
}
