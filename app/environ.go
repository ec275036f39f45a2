package app

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/source/ssocache"
)

// environment is what the app takes from its process environment at start.
type environment struct {
	folders          appdirs.Folders
	config           string          // the AWS config file of those who name no other
	static           string          // the file of static keys, which is only looked at
	cache            ssocache.Folder // of the sign-ins of AWS's other tools
	passphrase       vaultcore.Secret
	preferredBrowser string   // the person's BROWSER
	userEnv          []string // the environment as the person has it, for what is opened for them
	user             string
}

// lockFile is there while the app is locked, and is to be when it starts again.
func (e environment) lockFile() string { return filepath.Join(e.folders.State, "locked") }

// dropEnv are the variables that no part of the app may see, and none that
// it starts may inherit: they belong to whichever program happened to start it.
// With them go all that say where AWS is, how it is reached and what its
// certificates are: a request brings its own ([vaultcore.Environment]).
var dropEnv = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIAL_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SDK_LOAD_CONFIG", "AWS_VAULT",
	"AWS_ROLE_ARN",
	credentialsVariable, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_FD", // of the service manager, for us alone
	"HTTP_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
}

// keepEnv are the variables that parts of the app itself read later: where things
// lie, what the pass and gpg programs need. What the desktop
// needs stays anyway; all else is not for the programs that ask the person.
var keepEnv = []string{
	"HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "XDG_*", "VAULTBAR_*",
	"GNUPGHOME", "PASSWORD_STORE_*", "GPG_*", "GODEBUG", "GORACE",
	"SystemRoot", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "TEMP", "TMP", "PATHEXT",
}

// takeEnvironment reads the environment and clears from it what is secret or
// not meant for us.
func takeEnvironment() (environment, error) {
	dbus.FindSession()
	env := environment{
		passphrase:       givenPassphrase(),
		preferredBrowser: os.Getenv("BROWSER"),
		user:             loginName(),
	}
	var err error
	if env.folders, err = appdirs.Locate(); err != nil {
		return environment{}, err
	}
	if env.config, err = awsconfig.Path(unset); err != nil {
		return environment{}, err
	}
	if env.static, err = awsconfig.CredentialsPath(unset); err != nil {
		return environment{}, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return environment{}, err
	}
	env.cache = ssocache.Home(home)
	clearEnvironment()
	env.userEnv = program.CleanEnvironment(keepEnv...)
	return env, nil
}

// Where systemd puts the credentials of a unit (systemd.exec(5)), and which of them is the
// passphrase of encrypted files.
const (
	credentialsVariable  = "CREDENTIALS_DIRECTORY"
	passphraseCredential = "vaultbar.passphrase"
)

// givenPassphrase is the passphrase that came with the environment: by a variable, or by a
// credential of the unit, of which no variable and no setting of the unit says what it is.
// One that is not there for us is none: the variable may be another unit's.
func givenPassphrase() vaultcore.Secret {
	if phrase := os.Getenv("VAULTBAR_FILE_PASSPHRASE"); phrase != "" {
		return vaultcore.NewSecret(phrase)
	}
	folder := os.Getenv(credentialsVariable)
	if folder == "" {
		return vaultcore.Secret{}
	}
	text, err := atomicfile.Read(filepath.Join(folder, passphraseCredential))
	if err != nil {
		return vaultcore.Secret{}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return vaultcore.NewSecret(strings.TrimSuffix(line, "\r"))
}

// unset is an environment without variables.
func unset(string) string { return "" }

func clearEnvironment() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasSuffix(name, "_PASSPHRASE") || strings.HasPrefix(name, "AWS_CONTAINER_") || strings.HasPrefix(name, "AWS_ENDPOINT_URL") {
			_ = os.Unsetenv(name)
		}
	}
	for _, name := range slices.Concat(dropEnv, vaultcore.EnvironmentNames()) {
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
