package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// The addresses that AWS has given to what a machine knows of itself.
const (
	ecsAddress      = "http://169.254.170.2"
	metadataAddress = "http://169.254.169.254"
	metadataIPv6    = "http://[fd00:ec2::254]"
)

// linkLocal are the hosts of AWS's that plain http may go to besides this machine.
var linkLocal = []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "169.254.169.254", "fd00:ec2::254"}

// Known says whether an address is one of AWS's own on the machine, which nobody has to
// allow; so is the empty one.
func Known(address string) bool {
	u, err := url.Parse(address)
	return address == "" || err == nil && slices.Contains(linkLocal, u.Hostname())
}

// Secrets is what an environment holds that goes into no plan.
type Secrets struct {
	Keys  vaultcore.Credentials
	Token vaultcore.Secret // that a container shows
}

// Read is what an environment says of the machine. It may return: ErrConfig.
func Read(env vaultcore.Environment) (plan.Machine, Secrets, error) {
	var m plan.Machine
	var s Secrets
	if env.IsZero() {
		return m, s, nil
	}
	if id, secret := env.Get("AWS_ACCESS_KEY_ID"), env.Get("AWS_SECRET_ACCESS_KEY"); id != "" && secret != "" {
		token := env.Get("AWS_SESSION_TOKEN")
		s.Keys = vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(secret), SessionToken: vaultcore.NewSecret(token)}
		m.Keys, m.Temporary = hashOf(id, secret, token), token != ""
	}
	if err := readContainer(&m, &s, env); err != nil {
		return plan.Machine{}, Secrets{}, err
	}
	if err := readInstance(&m, env); err != nil {
		return plan.Machine{}, Secrets{}, err
	}
	return m, s, nil
}

// hashOf tells secrets apart without being one. All of them go into it: who knows
// only an id must not pass for the one who has the key.
func hashOf(secrets ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "vaultbar machine %q", secrets))
	return hex.EncodeToString(sum[:])
}

// readContainer reads where a container gets its credentials. The relative address
// goes first, and a file before the token, as in AWS's SDKs.
func readContainer(m *plan.Machine, s *Secrets, env vaultcore.Environment) error {
	relative, full := env.Get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), env.Get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	switch {
	case relative != "":
		m.Container = ecsAddress + "/" + strings.TrimPrefix(relative, "/")
		if u, err := url.Parse(m.Container); err != nil || u.Host != "169.254.170.2" {
			return unusable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "is not a path")
		}
	case full != "":
		if reason := checkAddress(full); reason != "" {
			return unusable("AWS_CONTAINER_CREDENTIALS_FULL_URI", reason)
		}
		m.Container = full
	default:
		return nil
	}
	if file := env.Get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		if !filepath.IsAbs(file) {
			return unusable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "is not an absolute path")
		}
		m.TokenFile = file
	} else if token := env.Get("AWS_CONTAINER_AUTHORIZATION_TOKEN"); token != "" {
		s.Token, m.Token = vaultcore.NewSecret(token), hashOf(token)
	}
	return nil
}

// readInstance reads where an instance's metadata are.
func readInstance(m *plan.Machine, env vaultcore.Environment) error {
	m.NoMetadata = strings.EqualFold(env.Get("AWS_EC2_METADATA_DISABLED"), "true")
	address := env.Get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
	switch {
	case address != "":
		if reason := checkAddress(address); reason != "" {
			return unusable("AWS_EC2_METADATA_SERVICE_ENDPOINT", reason)
		}
		if m.Metadata = strings.TrimRight(address, "/"); m.Metadata == metadataAddress {
			m.Metadata = ""
		}
	case strings.EqualFold(env.Get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "IPv6"):
		m.Metadata = metadataIPv6
	}
	return nil
}

// checkAddress says why an address may not be asked; "" when it may.
func checkAddress(address string) string {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "http" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && slices.Contains(linkLocal, u.Hostname()) {
		return ""
	}
	_, reason := aws.Endpoint(address)
	return reason
}

func unusable(name, reason string) error {
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s %s", name, reason).WithHint("correct it, or unset it")
}
