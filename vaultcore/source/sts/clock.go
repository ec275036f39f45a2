package sts

import (
	"errors"
	"net/http"
	"regexp"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// signatureWindow is how far a request's date may be from AWS's clock.
const signatureWindow = 15 * time.Minute

// namedTime is AWS's own time in its sentence about a request's.
var namedTime = regexp.MustCompile(`\((\d{8}T\d{6}Z) [-+] \d+ min`)

// awsAhead is how far AWS's clock is ahead of this machine's, 0 when the reply
// does not tell.
func awsAhead(a answer) time.Duration {
	if m := namedTime.FindStringSubmatch(a.message); m != nil {
		if at, err := time.Parse("20060102T150405Z", m[1]); err == nil {
			return time.Until(at)
		}
	}
	var reply *smithyhttp.ResponseError
	if !errors.As(a.err, &reply) || reply.Response == nil || reply.Response.Response == nil {
		return 0
	}
	at, err := http.ParseTime(reply.Response.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return time.Until(at)
}

// clockWords says how far the clock of this machine is off.
func clockWords(ahead time.Duration) string {
	ahead = ahead.Round(time.Minute)
	switch {
	case ahead > 0:
		return "your clock is " + vaultcore.TimeLeft(ahead) + " behind AWS's"
	case ahead < 0:
		return "your clock is " + vaultcore.TimeLeft(-ahead) + " ahead of AWS's"
	default:
		return "your clock differs from AWS's"
	}
}
