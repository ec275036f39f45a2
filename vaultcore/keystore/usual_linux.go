package keystore

import "context"

// usual chooses the Secret Service when it answers in time and has the login
// collection, else the encrypted files.
func usual(ctx context.Context, o Options) string {
	o.CallTimeout = o.ProbeTimeout
	if _, err := openSecretService(ctx, o); err == nil {
		return "secret-service"
	}
	return "file"
}
