package awstest

import "net/http"

// oidcErrors are the errors of the OIDC service: the status, OAuth's word for it in
// the body, and the text. The exception's name is in a header alone.
var oidcErrors = map[string]struct {
	status int
	word   string
	text   string
}{
	"AuthorizationPendingException":  {http.StatusBadRequest, "authorization_pending", "Authorization is still pending"},
	"SlowDownException":              {http.StatusBadRequest, "slow_down", "Slow down"},
	"ExpiredTokenException":          {http.StatusBadRequest, "expired_token", "Device code is expired"},
	"AccessDeniedException":          {http.StatusBadRequest, "access_denied", "Access is denied"},
	"InvalidGrantException":          {http.StatusBadRequest, "invalid_grant", "Invalid grant provided"},
	"InvalidClientException":         {http.StatusUnauthorized, "invalid_client", "Invalid client provided"},
	"UnauthorizedClientException":    {http.StatusBadRequest, "unauthorized_client", "Unauthorized client"},
	"InvalidRequestException":        {http.StatusBadRequest, "invalid_request", "Invalid request provided"},
	"InvalidScopeException":          {http.StatusBadRequest, "invalid_scope", "Invalid scope provided"},
	"UnsupportedGrantTypeException":  {http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type"},
	"InvalidClientMetadataException": {http.StatusBadRequest, "invalid_client_metadata", "Invalid client metadata provided"},
	"InvalidRedirectUriException":    {http.StatusBadRequest, "invalid_redirect_uri", "Invalid redirect URI provided"},
	"InternalServerException":        {http.StatusInternalServerError, "server_error", "Internal server error"},
}

func oidcRefusal(code string) *refusal {
	e := oidcErrors[code]
	return refuse(e.status, code, "%s", e.text)
}

// staleRefresh is the answer to a refresh token whose sign-in has ended.
func staleRefresh() *refusal {
	return refuse(http.StatusBadRequest, "InvalidGrantException", "Invalid refresh token provided")
}

// portalStatus is the status of the portal's errors. ForbiddenException is in no
// service model, so SDKs have no type for it.
var portalStatus = map[string]int{
	"InvalidRequestException":   http.StatusBadRequest,
	"UnauthorizedException":     http.StatusUnauthorized,
	"ForbiddenException":        http.StatusForbidden,
	"ResourceNotFoundException": http.StatusNotFound,
	"TooManyRequestsException":  http.StatusTooManyRequests,
}

func portalRefusal(code, message string) *refusal {
	return refuse(portalStatus[code], code, "%s", message)
}

func unauthorized() *refusal {
	return portalRefusal("UnauthorizedException", "Session token not found or invalid")
}

func noAccess() *refusal { return portalRefusal("ForbiddenException", "No access") }

func tooManyRequests() *refusal {
	return portalRefusal("TooManyRequestsException", "HTTP 429 Unknown Code")
}
