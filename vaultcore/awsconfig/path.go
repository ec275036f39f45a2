package awsconfig

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Path is where the config file is: AWS_CONFIG_FILE, else ~/.aws/config. It may
// return: ErrConfig when there is no home folder.
func Path(getenv func(string) string) (string, error) {
	return locate(getenv("AWS_CONFIG_FILE"), "config")
}

// CredentialsPath is where the file of static keys is:
// AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials. Vaultbar looks there
// only for keys that would go before its own. It may return: ErrConfig when
// there is no home folder.
func CredentialsPath(getenv func(string) string) (string, error) {
	return locate(getenv("AWS_SHARED_CREDENTIALS_FILE"), "credentials")
}

// LoginCachePath is the folder in which AWS's tools keep the sign-ins of aws login:
// AWS_LOGIN_CACHE_DIRECTORY, else ~/.aws/login/cache. It may return: ErrConfig when
// there is no home folder.
func LoginCachePath(getenv func(string) string) (string, error) {
	return locate(getenv("AWS_LOGIN_CACHE_DIRECTORY"), filepath.Join("login", "cache"))
}

func locate(given, name string) (string, error) {
	rest, homely := strings.CutPrefix(given, "~")
	homely = homely && (rest == "" || os.IsPathSeparator(rest[0]))
	if given != "" && !homely {
		return filepath.Abs(given)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "there is no home folder, so no ~/.aws/%s: %v", name, err).WithCause(err).
			WithHint("set HOME, or name the file in AWS_CONFIG_FILE")
	}
	if homely {
		return filepath.Join(home, rest), nil
	}
	return filepath.Join(home, ".aws", name), nil
}

// Display is a path as a person would write it, with ~ for the home folder.
func Display(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return path
	}
	rest, inside := strings.CutPrefix(path, filepath.Clean(home)+string(filepath.Separator))
	if !inside {
		return path
	}
	return "~/" + filepath.ToSlash(rest)
}
