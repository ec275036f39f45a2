package vaultcore

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
)

// Environment is what the environment of a program says about how AWS is
// reached, where its config is and what goes before that, what credentials its machine
// has, how ykman is used, which AI agent it works for, and for which command of the
// config it works. The command line sends its own with
// each request; the app takes none of it from whatever started it, and none of it is
// believed without [vaultcore/trust].
//
// What is not for every request is added to it only where it is wanted: the
// program's keys ([Environment.WithKeys]).
//
// It prints as the names of its variables only: the address of a proxy may hold
// a password, and some are secrets.
type Environment struct{ values map[string]string }

// environmentNames are the variables of an [Environment], in the order of their
// bytes. Of HTTP_PROXY there is no need: plain http goes to this machine only,
// which no proxy is asked for.
var environmentNames = []string{
	"AI_AGENT", "AUGMENT_AGENT", "AWS_ACCESS_KEY_ID", "AWS_ASSUME_ROLE_TTL", "AWS_CA_BUNDLE", "AWS_CHAINED_SESSION_TOKEN_TTL", "AWS_CONFIG_FILE",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_DEFAULT_REGION",
	"AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
	"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_STS",
	"AWS_FEDERATION_TOKEN_TTL",
	"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_LOGIN_CACHE_DIRECTORY", "AWS_MAX_ATTEMPTS", "AWS_MFA_SERIAL", "AWS_REGION", "AWS_ROLE_SESSION_NAME",
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TAGS", "AWS_SESSION_TOKEN", "AWS_SESSION_TOKEN_TTL", "AWS_SHARED_CREDENTIALS_FILE",
	"AWS_SOURCE_IDENTITY", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_TRANSITIVE_TAGS",
	"AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT", "AWS_VAULT_YKMAN_VERSION", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"CLAUDECODE", "CLINE_ACTIVE", "CODEX_SANDBOX", "CODEX_THREAD_ID", "COPILOT_CLI", "CURSOR_AGENT", "GEMINI_CLI", "GOOSE_TERMINAL",
	"HTTPS_PROXY", "NO_PROXY", "OPENCODE", "QWEN_CODE", "SSL_CERT_DIR", "SSL_CERT_FILE",
	"VAULTBAR_PROCESS", "YKMAN_OATH_CREDENTIAL_NAME", "YKMAN_OATH_DEVICE_SERIAL",
}

// environmentPaths are those that name a file, or a list of folders.
var environmentPaths = []string{
	"AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_LOGIN_CACHE_DIRECTORY", "AWS_SHARED_CREDENTIALS_FILE",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "SSL_CERT_DIR", "SSL_CERT_FILE",
}

// environmentKeys are those that hold a program's keys. They are sent only to an app
// that has asked for them.
var environmentKeys = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

// maxEnvironmentValue is how long the value of a variable may be.
const maxEnvironmentValue = 8 << 10

// EnvironmentNames are the names of the variables that an [Environment] can
// hold, sorted. The slice is shared: do not write to it.
func EnvironmentNames() []string { return environmentNames }

// EnvironmentFrom takes the variables out of a program's environment, but for its
// keys. A proxy is also found under its name in small letters, which goes second as in
// Go's own programs. Paths are made whole, seen from the program's working directory.
func EnvironmentFrom(getenv func(string) string) Environment {
	var e Environment
	for _, name := range environmentNames {
		if slices.Contains(environmentKeys, name) {
			continue
		}
		value := getenv(name)
		if value == "" && strings.HasSuffix(name, "_PROXY") {
			value = getenv(strings.ToLower(name))
		}
		if value == "" {
			continue
		}
		if slices.Contains(environmentPaths, name) {
			value = whole(value)
		}
		e = e.With(name, value)
	}
	return e
}

// WithKeys returns the environment with the keys of a program as well. It is the same
// where the program has none.
func (e Environment) WithKeys(getenv func(string) string) Environment {
	for _, name := range environmentKeys {
		if value := getenv(name); value != "" {
			e = e.With(name, value)
		}
	}
	return e
}

// whole makes the paths of a list absolute, but for those in the home folder.
func whole(list string) string {
	paths := filepath.SplitList(list)
	for i, path := range paths {
		if path == "" || path[0] == '~' {
			continue
		}
		if abs, err := filepath.Abs(path); err == nil { // else there is no working directory: it is refused later
			paths[i] = abs
		}
	}
	return strings.Join(paths, string(filepath.ListSeparator))
}

// NewEnvironment checks what a program sent as its environment. It may return:
// ErrRequest.
func NewEnvironment(values map[string]string) (Environment, error) {
	for name, value := range values {
		switch {
		case !slices.Contains(environmentNames, name):
			return Environment{}, Faultf(ErrRequest, "the running app does not know the variable %q", Printable(name)).
				WithHint("`vaultbar stop`, then try again: the next command starts the app of its own version")
		case len(value) > maxEnvironmentValue:
			return Environment{}, Faultf(ErrRequest, "%s is longer than %d bytes", name, maxEnvironmentValue)
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return Environment{}, Faultf(ErrRequest, "%s has a control character in it", name)
		}
	}
	return Environment{values}, nil
}

// Get returns the value of a variable, or "".
func (e Environment) Get(name string) string { return e.values[name] }

// With returns the environment with one variable set.
func (e Environment) With(name, value string) Environment {
	values := make(map[string]string, len(e.values)+1)
	for n, v := range e.values {
		values[n] = v
	}
	values[name] = value
	return Environment{values}
}

// Values are all variables. The map is shared: do not write to it.
func (e Environment) Values() map[string]string { return e.values }

// IsZero says whether no variable is set.
func (e Environment) IsZero() bool { return len(e.values) == 0 }

// Format prints the names of the variables, whatever the verb.
func (e Environment) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.names()) }

// LogValue is what slog shows.
func (e Environment) LogValue() slog.Value { return slog.StringValue(e.names()) }

func (e Environment) names() string {
	var names []string
	for _, name := range environmentNames {
		if e.values[name] != "" {
			names = append(names, name)
		}
	}
	return "[" + strings.Join(names, " ") + "]"
}

type environmentKey struct{}

// WithEnvironment attaches the environment of the program that asks to ctx.
func WithEnvironment(ctx context.Context, e Environment) context.Context {
	return context.WithValue(ctx, environmentKey{}, e)
}

// EnvironmentOf returns the environment of the program that asks under ctx. The
// menu and work that nobody waits for have an empty one.
func EnvironmentOf(ctx context.Context) Environment {
	e, _ := ctx.Value(environmentKey{}).(Environment)
	return e
}

// HasEnvironment says whether a program asks under ctx, with however few variables,
// rather than the menu or nobody.
func HasEnvironment(ctx context.Context) bool {
	_, ok := ctx.Value(environmentKey{}).(Environment)
	return ok
}

// Via is what a request to AWS passes on its way. The zero value goes there
// directly and believes the certificates that the system does.
type Via struct {
	// Proxy is asked for https: scheme, host and port. Its user and password, if
	// it wants any, are no part of it.
	Proxy string
	// NoProxy are the hosts that are reached without it, as NO_PROXY has them.
	NoProxy string
	// Bundle are the files and folders whose certificates are believed in place of
	// the system's, a list as PATH is one.
	Bundle string
}
