package vault

import (
	"context"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// maxConfigs bounds the config files that are kept in memory and watched.
const maxConfigs = 16

// configs are the config files in use, side by side: a request belongs to the one
// that its program names. Each is read when it is first asked for.
type configs struct {
	mu     sync.Mutex // guards what follows
	open   map[string]*openConfig
	life   context.Context // of the watching; nil until the app runs
	follow func(context.Context, *awsconfig.Live)
}

type openConfig struct {
	live  *awsconfig.Live
	used  time.Time
	close context.CancelFunc // ends the watching; nil while it is not watched
}

// at returns the config file at a path. A read by two at once is one too many, and
// does no harm.
func (c *configs) at(path string) *awsconfig.Live {
	if known := c.known(path); known != nil {
		return known
	}
	live := awsconfig.Open(path)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.open[path]; known != nil {
		return known.live
	}
	if c.open == nil {
		c.open = make(map[string]*openConfig)
	}
	c.makeRoomLocked()
	c.open[path] = &openConfig{live: live, used: time.Now()}
	c.watchLocked(c.open[path])
	return live
}

func (c *configs) known(path string) *awsconfig.Live {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.open[path]
	if known == nil {
		return nil
	}
	known.used = time.Now()
	return known.live
}

// makeRoomLocked closes the least recently used config.
func (c *configs) makeRoomLocked() {
	if len(c.open) < maxConfigs {
		return
	}
	oldest := ""
	for path, config := range c.open {
		if oldest == "" || config.used.Before(c.open[oldest].used) {
			oldest = path
		}
	}
	if c.open[oldest].close != nil {
		c.open[oldest].close()
	}
	delete(c.open, oldest)
}

func (c *configs) watchLocked(config *openConfig) {
	if c.life == nil {
		return
	}
	ctx, cancel := context.WithCancel(c.life)
	config.close = cancel
	go c.follow(ctx, config.live)
}

// watch has every config that is open, and those to come, followed until ctx ends.
func (c *configs) watch(ctx context.Context, follow func(context.Context, *awsconfig.Live)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.life, c.follow = ctx, follow
	for _, config := range c.open {
		c.watchLocked(config)
	}
}

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

// liveConfig is the config of whoever asks under ctx.
func (v *Vault) liveConfig(ctx context.Context) *awsconfig.Live {
	return v.configs.at(v.ConfigFile(ctx))
}
