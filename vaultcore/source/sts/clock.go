package sts

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Ahead asks AWS for the time, without credentials, and returns how far its clock is
// ahead of this machine's. It may return: ErrNoAnswer, ErrConfig, ErrCanceled.
func (c *Client) Ahead(ctx context.Context, at Target) (time.Duration, error) {
	at.Region = cmp.Or(at.Region, "us-east-1")
	if err := at.check(); err != nil {
		return 0, err
	}
	address := at.Endpoint
	if hosts := at.Hosts(); len(hosts) > 0 {
		address = hosts[0]
	}
	within, cancel := context.WithTimeout(ctx, c.options.Budget)
	defer cancel()
	r, err := http.NewRequestWithContext(within, http.MethodGet, address, nil)
	if err == nil {
		var reply *http.Response
		if reply, err = c.httpClient(at.Via).Do(r); err == nil {
			err = reply.Body.Close()
			if now, wrong := http.ParseTime(reply.Header.Get("Date")); wrong == nil {
				return time.Until(now), err
			}
		}
	}
	if err == nil {
		err = errNotCredentials
	}
	return 0, attemptOf("the question for the time", plan.Step{Kind: plan.Key}, vaultcore.Credentials{}, at).fault(ctx, err)
}

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

// ClockWords says how far the clock of this machine is off.
func ClockWords(ahead time.Duration) string {
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
