package awstest

import (
	"fmt"
	"net/http"
)

// The XML namespaces of replies. AWS refuses an unknown action before it knows
// the service, in a namespace of its own.
const (
	stsNamespace   = "https://sts.amazonaws.com/doc/2011-06-15/"
	iamNamespace   = "https://iam.amazonaws.com/doc/2010-05-08/"
	faultNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09"
)

// refusal is an error reply of AWS.
type refusal struct {
	status  int
	code    string
	message string
	word    string // beside the code, of services that speak JSON
	fault   bool   // in the namespace of AWS's front door rather than the service's
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func accessDenied(format string, args ...any) *refusal {
	return refuse(http.StatusForbidden, "AccessDenied", format, args...)
}

func validationError(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "ValidationError", format, args...)
}

func noSuchEntity(format string, args ...any) *refusal {
	return refuse(http.StatusNotFound, "NoSuchEntity", format, args...)
}

func signatureDoesNotMatch(format string, args ...any) *refusal {
	return refuse(http.StatusForbidden, "SignatureDoesNotMatch", format, args...)
}

func incompleteSignature(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "IncompleteSignature", format, args...)
}

// invalidToken is the answer to an unknown, inactive or deleted key and to a
// token that does not belong to the key. AWS does not tell them apart.
func invalidToken() *refusal {
	return refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
}

// barredToken is what IAM says to sessions that it takes no calls from; it
// lacks the full stop of [invalidToken].
func barredToken() *refusal {
	return refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid")
}

func expiredToken() *refusal {
	return refuse(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")
}

func missingAuthentication() *refusal {
	return refuse(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
}

// signedInVain is the answer to a signature where none belongs. AWS may take it; a
// client that signs has mixed up its credentials.
func signedInVain() *refusal {
	return incompleteSignature("This operation takes no signature")
}

// denied is the answer of missing permission; because may be empty.
func denied(arn, action, resource, because string) *refusal {
	return accessDenied("User: %s is not authorized to perform: %s on resource: %s%s", arn, action, resource, because)
}

const explicitDeny = " with an explicit deny in an identity-based policy"

func notAllowed(action string) string {
	return " because no identity-based policy allows the " + action + " action"
}

// throttled is how a service says that there were too many calls.
func throttled(service string) *refusal {
	switch service {
	case "sso-oidc":
		return oidcRefusal("SlowDownException")
	case "sso":
		return tooManyRequests()
	case "signin":
		return loginRefusal("TooManyRequestsError", "INVALID_REQUEST")
	}
	return refuse(http.StatusBadRequest, "Throttling", "Rate exceeded")
}
