package sts

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
)

// retries are the ways to repeat a request: one that may be repeated at will, with
// a web identity token too, and one with an MFA code, which AWS accepts once. AWS's limit on
// retries in a bad hour is shared by all requests of one way.
type retries struct{ plain, withToken, withCode aws.Retryer }

func newRetries(pause time.Duration) retries {
	standard := func(first retry.IsErrorRetryableFunc) *retry.Standard {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 3
			o.Backoff = backoff(pause)
			o.Retryables = append([]retry.IsErrorRetryable{first}, o.Retryables...)
		})
	}
	return retries{plain: standard(plainRetryable), withToken: standard(tokenRetryable), withCode: standard(codeRetryable)}
}

// at are the retries of a target, which may have its own number of attempts.
func (r retries) at(p Target) retries {
	if p.Attempts == 0 {
		return r
	}
	most := func(r aws.Retryer) aws.Retryer { return retry.AddWithMaxAttempts(r, p.Attempts) }
	return retries{plain: most(r.plain), withToken: most(r.withToken), withCode: most(r.withCode)}
}

// backoff pauses for half to all of pause, twice as long after each attempt.
func backoff(pause time.Duration) retry.BackoffDelayer {
	return retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
		most := pause << max(attempt-1, 0)
		return most/2 + rand.N(most/2+1), nil
	})
}

// plainRetryable adds to what the SDK repeats a reply that broke off, and takes
// away a server whose certificate is wrong or that is another user's, and a way
// that cannot be used: they will be no better next time.
func plainRetryable(err error) aws.Ternary {
	var broken *sendError
	switch {
	case awshttp.Hopeless(err):
		return aws.FalseTernary
	case errors.As(err, &broken) && errors.Is(err, io.ErrUnexpectedEOF):
		return aws.TrueTernary
	default:
		return aws.UnknownTernary
	}
}

// codeRetryable leaves to the SDK what cannot have used up the MFA code, and
// forbids the rest.
func codeRetryable(err error) aws.Ternary {
	var broken *sendError
	if errors.As(err, &broken) {
		if broken.sent {
			return aws.FalseTernary
		}
		return plainRetryable(err)
	}
	// AWS checks the date and the signature before it looks at the code, and
	// the SDK has learned AWS's time from the reply.
	var dated interface{ RetryableError() bool }
	if errors.As(err, &dated) && dated.RetryableError() {
		return aws.UnknownTernary
	}
	switch status := statusOf(err); {
	case status == http.StatusInternalServerError, status == http.StatusServiceUnavailable, throttled(err):
		return aws.UnknownTernary
	default:
		return aws.FalseTernary
	}
}

// throttled says whether AWS asks for patience.
func throttled(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}

// statusOf is the HTTP status of AWS's reply, 0 without one.
func statusOf(err error) int {
	var reply interface{ HTTPStatusCode() int }
	if !errors.As(err, &reply) {
		return 0
	}
	return reply.HTTPStatusCode()
}
