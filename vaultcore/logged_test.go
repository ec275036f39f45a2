package vaultcore_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func TestAFaultInTheLog(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for _, test := range []struct{ name, cause, want string }{
		{"none", "", "it failed"},
		{"a reply", `sts:AssumeRole: status 403, code "AccessDenied", request id "01234567-89ab-cdef-0123-456789abcdef"`,
			`it failed (sts:AssumeRole: status 403, code "AccessDenied", request id "01234567-89ab-cdef-0123-456789abcdef")`},
		{"what the message says already", "failed", "it failed"},
		{"a key", "of AKIAIOSFODNN7EXAMPLE,", "it failed (of AKIA…MPLE,)"},
		{"a secret", "got secret=" + secret + " back", "it failed (got [secret] back)"},
		{"a secret in JSON", `{"k":"` + secret + `"}`, `it failed ({"k":"[secret]"})`},
		{"an address", `Get "https://ann:hunter2@signin.aws.amazon.com/federation?SigninToken=abc": EOF`, `it failed (Get "https://signin.aws.amazon.com/… EOF)`},
		{"an address without a path", `proxy http://ann:hunter2@proxy:3128 is odd`, `it failed (proxy http://proxy:3128 is odd)`},
		{"lines", "one\n\ttwo\x1b[31m", "it failed (one two[31m)"},
		{"long", strings.Repeat("word ", 100), "it failed (" + strings.Repeat("word ", 60) + "…)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fault := vaultcore.Faultf(vaultcore.ErrRefused, "it failed").WithHint("a hint")
			if test.cause != "" {
				fault.Cause = errors.New(test.cause)
			}
			if got := fault.LogValue().String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Warn("x", "error", error(fault))
			if strings.Contains(log.String(), secret) || !strings.Contains(log.String(), "it failed") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}
