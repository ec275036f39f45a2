package credserver

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
)

const (
	// metadataTime is how long the metadata service lets a request wait. botocore waits
	// for 1 s, once.
	metadataTime = 800 * time.Millisecond
	// maxTTL is the most that a token of the metadata service lives, in seconds.
	maxTTL = 21600
	// maxTokens is how many of its tokens live at once; the one that ends first makes
	// room.
	maxTokens = 64

	ttlHeader   = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	tokenHeader = "X-Aws-Ec2-Metadata-Token"
	tokenPath   = "/latest/api/token"
	rolesPath   = "/latest/meta-data/iam/security-credentials"
	// roleName is the name of the role that an instance seems to have.
	roleName = "vaultbar"
)

// metadata is the part of an EC2 instance's metadata service, version 2, that SDKs ask
// for credentials and their region:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
type metadata struct {
	profile Profile
	fetcher *fetcher

	mu     sync.Mutex
	tokens map[digest]time.Time // guarded by mu: until when each is good
}

func newMetadata(p Profile, life context.Context) *metadata {
	return &metadata{profile: p, fetcher: newFetcher(p.Source, life, metadataTime), tokens: make(map[digest]time.Time)}
}

// serve answers one request. SDKs that are answered 403, 404 or 405 where they ask for
// a token fall back to version 1, which is why a request without a good token is
// answered 401 whatever it asks for.
func (m *metadata) serve(w http.ResponseWriter, r *http.Request, _ localhttp.Peer) {
	if r.URL.Path == tokenPath {
		if allows(w, r, http.MethodPut) {
			m.give(w, r.Header.Get(ttlHeader))
		}
		return
	}
	if !m.good(r.Header.Get(tokenHeader), time.Now()) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !allows(w, r, http.MethodGet) {
		return
	}
	switch path := strings.TrimSuffix(r.URL.Path, "/"); path {
	case rolesPath:
		text(w, roleName)
	case rolesPath + "/" + roleName:
		m.credentials(w, r)
	default:
		m.place(w, path)
	}
}

// give makes a token. The reply repeats how long it lives: without that the SDK for Go
// takes the service for one of version 1.
func (m *metadata) give(w http.ResponseWriter, ttl string) {
	seconds, err := strconv.Atoi(ttl)
	if err != nil || seconds < 1 || seconds > maxTTL {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	token := newToken().Reveal()
	m.keep(sha256.Sum256([]byte(token)), time.Now().Add(time.Duration(seconds)*time.Second))
	w.Header().Set(ttlHeader, ttl)
	text(w, token)
}

// keep notes a token, and makes room for it.
func (m *metadata) keep(token digest, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.tokens) >= maxTokens {
		var first digest
		for token, end := range m.tokens {
			if known, ok := m.tokens[first]; !ok || end.Before(known) {
				first = token
			}
		}
		delete(m.tokens, first)
	}
	m.tokens[token] = until
}

// good says whether a token lives. Its hash is looked up: how long that takes says
// nothing of the tokens.
func (m *metadata) good(shown string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return now.Before(m.tokens[sha256.Sum256([]byte(shown))])
}

func (m *metadata) credentials(w http.ResponseWriter, r *http.Request) {
	credentials, err := m.fetcher.get(r.Context(), m.profile.Name)
	if err != nil {
		fail(w, err)
		return
	}
	now := time.Now()
	reply(w, http.StatusOK, metadataReply{
		"Success", now.UTC().Format(time.RFC3339), "AWS-HMAC",
		credentials.AccessKeyID, credentials.SecretAccessKey.Reveal(), credentials.SessionToken.Reveal(), metadataExpiration(credentials, now),
	})
}

// metadataReply is what SDKs read. That for Go fails without Code.
type metadataReply struct {
	Code, LastUpdated, Type string
	AccessKeyID             string `json:"AccessKeyId"`
	SecretAccessKey         string
	Token                   string
	Expiration              string
}

// place answers what SDKs ask about where they run.
func (m *metadata) place(w http.ResponseWriter, path string) {
	region := m.profile.Region
	switch path {
	case "/latest/meta-data/instance-id": // the first version of the SDK for Go asks whether there is one
		text(w, "i-00000000000000000")
		return
	case "/latest/meta-data/placement/region":
	case "/latest/meta-data/placement/availability-zone":
		if region != "" {
			region += "a"
		}
	case "/latest/dynamic/instance-identity/document":
		if region != "" {
			reply(w, http.StatusOK, struct {
				Region string `json:"region"`
			}{region})
			return
		}
	default:
		region = ""
	}
	if region == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	text(w, region)
}

func text(w http.ResponseWriter, line string) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, line) // who asked may have left
}
