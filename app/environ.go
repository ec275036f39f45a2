package main

import (
	"os"
	"os/user"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// environment is what the app takes from its process environment at start.
type environment struct {
	folders     settings.Folders
	config      string // the AWS config file
	static      string // the file of static keys, which is only looked at
	passphrase  vaultcore.Secret
	stsEndpoint string
	iamEndpoint string
	signIn      string   // where the console's sign-in is asked instead of at AWS
	wish        string   // the person's BROWSER
	persons     []string // the environment as the person has it, for what is opened for them
	user        string
}

// notOurs are the variables that no part of the app may see, and none that
// it starts may inherit: they belong to whichever program happened to start it.
var notOurs = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIAL_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SDK_LOAD_CONFIG", "AWS_VAULT",
	"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
}

// ours are the variables that parts of the app itself read later: where things
// lie, how AWS is reached, what the pass and gpg programs need. What the desktop
// needs stays anyway; all else is not for the programs that ask the person.
var ours = []string{
	"HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "XDG_*", "VAULTBAR_*", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"GNUPGHOME", "PASSWORD_STORE_*", "GPG_*", "GODEBUG", "GORACE",
	"SystemRoot", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "TEMP", "TMP", "PATHEXT",
}

// takeEnvironment reads the environment and clears from it what is secret or
// not meant for us.
func takeEnvironment() (environment, error) {
	env := environment{
		passphrase:  vaultcore.NewSecret(os.Getenv("VAULTBAR_FILE_PASSPHRASE")),
		stsEndpoint: endpoint("STS"),
		iamEndpoint: endpoint("IAM"),
		signIn:      os.Getenv("AWS_ENDPOINT_URL_SIGNIN"),
		wish:        os.Getenv("BROWSER"),
		user:        loginName(),
	}
	var err error
	if env.folders, err = settings.Locate(); err != nil {
		return environment{}, err
	}
	if env.config, err = awsconfig.Path(os.Getenv); err != nil {
		return environment{}, err
	}
	if env.static, err = awsconfig.CredentialsPath(os.Getenv); err != nil {
		return environment{}, err
	}
	clearEnvironment()
	env.persons = desktop.CleanEnvironment(ours...)
	return env, nil
}

// endpoint is where the environment says that a service is asked.
func endpoint(service string) string {
	if url := os.Getenv("AWS_ENDPOINT_URL_" + service); url != "" {
		return url
	}
	return os.Getenv("AWS_ENDPOINT_URL")
}

func clearEnvironment() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasSuffix(name, "_PASSPHRASE") || strings.HasPrefix(name, "AWS_CONTAINER_") {
			_ = os.Unsetenv(name)
		}
	}
	for _, name := range notOurs {
		_ = os.Unsetenv(name)
	}
}

// loginName is the person's login name; empty when the OS does not know it.
func loginName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	if _, name, ok := strings.Cut(u.Username, `\`); ok {
		return name // Windows: DOMAIN\name
	}
	return u.Username
}
