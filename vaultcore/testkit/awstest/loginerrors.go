package awstest

import "net/http"

// loginRefusal is an error of the sign-in of `aws login`: the exception's name is in
// a header, and the word in the body.
func loginRefusal(exception, word string) *refusal {
	status := map[string]int{
		"ValidationException": http.StatusBadRequest, "TooManyRequestsError": http.StatusTooManyRequests, "InternalServerException": http.StatusInternalServerError,
	}[exception]
	if exception == "AccessDeniedException" {
		status = http.StatusForbidden
		if word == "TOKEN_EXPIRED" || word == "AUTHCODE_EXPIRED" {
			status = http.StatusUnauthorized
		}
	}
	no := refuse(status, exception, "%s", loginTexts[word])
	no.word = word
	return no
}

var loginTexts = map[string]string{
	"TOKEN_EXPIRED":            "The token has expired",
	"AUTHCODE_EXPIRED":         "The authorization code has expired",
	"USER_CREDENTIALS_CHANGED": "The credentials of the user have changed",
	"INSUFFICIENT_PERMISSIONS": "The user has insufficient permissions",
	"INVALID_REQUEST":          "The request is invalid",
	"server_error":             "Internal server error",
}
