package vault

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/liveconfig"
)

// ConfigFile is the config file of whoever asks under ctx: what the program says,
// else what the settings say, else ~/.aws/config.
func (v *Vault) ConfigFile(ctx context.Context) string {
	env := vaultcore.EnvironmentOf(ctx)
	if env.Get("AWS_CONFIG_FILE") != "" {
		if path, err := awsconfig.Path(env.Get); err == nil { // it fails without a home folder only, which there was at the start
			return path
		}
	}
	if own := v.settings.Now().ConfigFile; own != "" {
		return own
	}
	return v.paths.Config
}

// staticPath is the file of static keys of whoever asks under ctx.
func (v *Vault) staticPath(ctx context.Context) string {
	env := vaultcore.EnvironmentOf(ctx)
	if env.Get("AWS_SHARED_CREDENTIALS_FILE") != "" {
		if path, err := awsconfig.CredentialsPath(env.Get); err == nil { // as above
			return path
		}
	}
	return v.paths.Static
}

// files are the files of AWS's tools of whoever asks under ctx.
func (v *Vault) files(ctx context.Context) awsconfig.Files {
	return awsconfig.Files{Config: v.ConfigFile(ctx), Credentials: v.staticPath(ctx)}
}

// liveConfig is the config of whoever asks under ctx.
func (v *Vault) liveConfig(ctx context.Context) *liveconfig.File {
	return v.configs.At(v.ConfigFile(ctx))
}
