package awstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	sigAlgorithm = "AWS4-HMAC-SHA256"
	sigTime      = "20060102T150405Z"
	// sigWindow is how far a request's date may be from AWS's clock. AWS
	// documents five minutes; some of its services still take fifteen.
	sigWindow = 5 * time.Minute
)

// authorization is what a request's Authorization header says.
type authorization struct {
	keyID         string
	date          string // of the scope
	region        string
	service       string
	terminator    string
	signedHeaders []string
	signature     string
	at            string    // X-Amz-Date as it was sent
	time          time.Time // the same
}

// parseAuthorization reads the header; it checks form, not truth.
func parseAuthorization(r *http.Request) (*authorization, *refusal) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, missingAuthentication()
	}
	algorithm, rest, _ := strings.Cut(header, " ")
	if algorithm != sigAlgorithm {
		return nil, incompleteSignature("Unsupported AWS 'algorithm': '%s'.", algorithm)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, incompleteSignature("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.", strings.TrimSpace(part), redacted(header))
		}
		fields[name] = value
	}
	at := r.Header.Get("X-Amz-Date")
	if at == "" {
		at = r.Header.Get("Date")
	}
	if missing := missingFields(fields, at); missing != "" {
		return nil, incompleteSignature("%sAuthorization=%s", missing, algorithm)
	}
	return newAuthorization(fields, at)
}

// redacted keeps a signature out of replies that quote the header.
func redacted(header string) string {
	before, _, _ := strings.Cut(header, "Signature=")
	return before
}

func missingFields(fields map[string]string, at string) string {
	missing := ""
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing += "Authorization header requires '" + name + "' parameter. "
		}
	}
	if at == "" {
		missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	}
	return missing
}

func newAuthorization(fields map[string]string, at string) (*authorization, *refusal) {
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 {
		return nil, incompleteSignature("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", fields["Credential"])
	}
	t, err := time.Parse(sigTime, at)
	if err != nil {
		return nil, incompleteSignature("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", at)
	}
	return &authorization{
		keyID: scope[0], date: scope[1], region: scope[2], service: scope[3], terminator: scope[4],
		signedHeaders: strings.Split(fields["SignedHeaders"], ";"),
		signature:     fields["Signature"],
		at:            at,
		time:          t,
	}, nil
}

// checkScope refuses a signature made for another place or day. region is empty
// where any is taken. AWS names all faults in one message.
func (a *authorization) checkScope(service, region string) *refusal {
	message := ""
	if region != "" && a.region != region || a.region == "" {
		message += "Credential should be scoped to a valid region. "
	}
	if a.service != service {
		message += "Credential should be scoped to correct service: '" + service + "'. "
	}
	if a.terminator != "aws4_request" {
		message += "Credential should be scoped with a valid terminator: 'aws4_request', not '" + a.terminator + "'. "
	}
	if day := a.at[:len("20060102")]; a.date != day {
		message += "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" + a.date + "' != '" + day + "', from '" + a.at + "'. "
	}
	if message != "" {
		return signatureDoesNotMatch("%s", message)
	}
	return nil
}

// checkHeaders insists that what decides the request's meaning is signed.
func (a *authorization) checkHeaders(r *http.Request) *refusal {
	if !slices.Contains(a.signedHeaders, "host") {
		return signatureDoesNotMatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, name := range []string{"X-Amz-Date", "X-Amz-Security-Token"} {
		if r.Header.Get(name) != "" && !slices.Contains(a.signedHeaders, strings.ToLower(name)) {
			return signatureDoesNotMatch("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

// checkTime refuses a request that is too old or from the future.
func (a *authorization) checkTime(now time.Time) *refusal {
	now = now.UTC()
	minutes := int(sigWindow / time.Minute)
	if oldest := now.Add(-sigWindow); a.time.Before(oldest.Truncate(time.Second)) {
		return signatureDoesNotMatch("Signature expired: %s is now earlier than %s (%s - %d min.)",
			a.at, oldest.Format(sigTime), now.Format(sigTime), minutes)
	}
	if newest := now.Add(sigWindow); a.time.After(newest) {
		return signatureDoesNotMatch("Signature not yet current: %s is still later than %s (%s + %d min.)",
			a.at, newest.Format(sigTime), now.Format(sigTime), minutes)
	}
	return nil
}

// checkSignature computes the signature again from what arrived.
func (a *authorization) checkSignature(r *http.Request, body []byte, secret string) *refusal {
	want := a.sign(secret, a.stringToSign(a.canonicalRequest(r, body)))
	if !hmac.Equal([]byte(want), []byte(a.signature)) {
		return signatureDoesNotMatch("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func (a *authorization) stringToSign(canonical string) string {
	scope := strings.Join([]string{a.date, a.region, a.service, a.terminator}, "/")
	return strings.Join([]string{sigAlgorithm, a.at, scope, hexHash([]byte(canonical))}, "\n")
}

func (a *authorization) sign(secret, text string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{a.date, a.region, a.service, a.terminator} {
		key = keyedHash(key, part)
	}
	return hex.EncodeToString(keyedHash(key, text))
}

func (a *authorization) canonicalRequest(r *http.Request, body []byte) string {
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	var headers strings.Builder
	for _, name := range a.signedHeaders {
		headers.WriteString(name + ":" + signedValue(r, name) + "\n")
	}
	return strings.Join([]string{
		r.Method,
		strings.ReplaceAll(escaped(path), "%2F", "/"), // every service but S3 escapes the path twice
		canonicalQuery(r.URL.Query()),
		headers.String(),
		strings.Join(a.signedHeaders, ";"),
		hexHash(body),
	}, "\n")
}

// signedValue is a header's value as it is signed: all its lines, each trimmed
// and with single spaces. Go's server takes Host and, of a chunked request,
// Content-Length out of the header map.
func signedValue(r *http.Request, name string) string {
	if name == "host" {
		return r.Host
	}
	values := r.Header.Values(name)
	if name == "content-length" && len(values) == 0 {
		return strconv.FormatInt(r.ContentLength, 10)
	}
	trimmed := make([]string, len(values))
	for i, value := range values {
		trimmed[i] = strings.Join(strings.Fields(value), " ")
	}
	return strings.Join(trimmed, ",")
}

// canonicalQuery sorts by the escaped name and then by the escaped value;
// sorting the finished pairs would put "a-b=" before "a=".
func canonicalQuery(query url.Values) string {
	var pairs [][2]string
	for name, values := range query {
		for _, value := range values {
			pairs = append(pairs, [2]string{escaped(name), escaped(value)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var b strings.Builder
	for i, pair := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pair[0] + "=" + pair[1])
	}
	return b.String()
}

// escaped is RFC 3986's escaping, which differs from QueryEscape by the space.
func escaped(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func keyedHash(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
