package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

func TestRedactorHidesSecretsOnly(t *testing.T) {
	const hidden40 = `"(hidden by the demo: 8 characters)"`
	for _, test := range []struct{ name, text, want string }{
		{"plain", "one\r\ntwo: ", "one\ntwo: "},
		{"braces", "a {b} c\r\n{}\r\n", "a {b} c\n{}\n"},
		{"reply", `{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"se/cr+et","SessionToken":"to/ke+n=","Expiration":"2026"}` + "\r\nnext",
			`{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":` + hidden40 + `,"SessionToken":` + hidden40 + `,"Expiration":"2026"}` + "\nnext"},
		{"counted", `     50 {"SessionToken":"to/ke+n="}` + "\n", `     50 {"SessionToken":` + hidden40 + "}\n"},
		{"cut off", `{"SecretAccessKey":"se/cr+et`, `{"SecretAccessKey":` + hidden40},
		{"spaced", `{"SecretAccessKey": "se/cr+et"}`, `{"SecretAccessKey":` + hidden40 + "}"},
		{"two lines", `{"SessionToken":"to/ke+n="}` + "\n" + `{"SessionToken":"to/ke+n="}` + "\n",
			strings.Repeat(`{"SessionToken":`+hidden40+"}\n", 2)},
	} {
		t.Run(test.name, func(t *testing.T) {
			for size := 1; size <= len(test.text); size++ {
				var out bytes.Buffer
				c := &redactor{out: &out}
				for rest := test.text; rest != ""; {
					part := rest[:min(size, len(rest))]
					rest = rest[len(part):]
					if _, err := c.Write([]byte(part)); err != nil {
						t.Fatal(err)
					}
				}
				if err := c.Close(); err != nil || out.String() != test.want {
					t.Fatalf("in parts of %d: %q, %v; want %q", size, out.String(), err, test.want)
				}
			}
		})
	}
}

func TestAnnAnswersPromptsOnly(t *testing.T) {
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	world := awstest.Demo(awstest.NewServer(t, awstest.Options{Now: func() time.Time { return noon }}))
	for _, test := range []struct {
		screen       string
		want         string // empty for no answer
		asked, codes int
	}{
		{"sh asks for x.\r\nMFA code for x (arn:aws:iam::1:mfa/ann): ", world.MFA.FreshCode(), 1, 1},
		{"use it for x? [Y/n] ", "y", 1, 0},
		{"use it for x? [Y/n] \r\n", "", 0, 0},
		{"MFA code for x (arn:aws:iam::1:mfa/ann)", "", 0, 0},
		{"The words MFA code for x: ", "", 0, 0},
		{"", "", 0, 0},
	} {
		ann := &person{world: world}
		answer, asked, err := ann.read(t.Context(), []byte(test.screen))
		if answer.Reveal() != test.want || asked != (test.want != "") || err != nil {
			t.Errorf("%q: %q, %t, %v; want %q", test.screen, answer.Reveal(), asked, err, test.want)
		}
		if ann.asked != test.asked || ann.codes != test.codes {
			t.Errorf("%q: %d questions, %d codes", test.screen, ann.asked, ann.codes)
		}
	}
}

// A prompt may come in parts, and is answered once.
func TestAnnReadsLetterByLetter(t *testing.T) {
	ann := &person{world: awstest.Demo(awstest.NewServer(t))}
	answers := 0
	for _, char := range "sh asks for x.\r\nMFA code for x (arn:aws:iam::1:mfa/ann): 123456\r\nI am ann\r\nuse it for x? [Y/n] \r\n" {
		_, asked, err := ann.read(t.Context(), []byte(string(char)))
		if err != nil {
			t.Fatal(err)
		}
		if asked {
			answers++
		}
	}
	if answers != 2 || ann.asked != 2 || ann.codes != 1 {
		t.Errorf("%d answers, %d questions, %d codes", answers, ann.asked, ann.codes)
	}
}

// The device never shows a code twice that AWS has seen.
func TestDeviceShowsFreshCodes(t *testing.T) {
	world := awstest.Demo(awstest.NewServer(t))
	st := &sandbox{dir: t.TempDir(), world: world}
	st.env = []string{deviceVariable + "=" + st.dir + "/d"}
	if err := st.listen(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.device.Close() }()
	t.Setenv(deviceVariable, st.getenv(deviceVariable))
	var stdout, stderr bytes.Buffer
	if code := showCode(&stdout, &stderr); code != exitDone || len(stdout.String()) != 7 || strings.Trim(stdout.String(), "0123456789\n") != "" {
		t.Errorf("code %d, %q, %q", code, stdout.String(), stderr.String())
	}
	t.Setenv(deviceVariable, st.dir+"/nosuch")
	stdout.Reset()
	if code := showCode(&stdout, &stderr); code != exitFailed || stdout.Len() > 0 || !strings.Contains(stderr.String(), "does not answer") {
		t.Errorf("without a device: code %d, %q, %q", code, stdout.String(), stderr.String())
	}
}

func TestScreenIsPlainWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out)
	s.line(strong, "title")
	s.note("one\ntwo")
	s.typed(t.Context(), "vaultbar list")
	if want := "title\n# one\n# two\n$ vaultbar list\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	out.Reset()
	s.bare = false
	s.line(strong, "title")
	if want := "\x1b[1mtitle\x1b[0m\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
