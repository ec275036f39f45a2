package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/clipboard"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// copyCredentials puts a profile's credentials on the clipboard. Of a protected one the
// person confirms it: any program of theirs can click here for them, and read the clipboard.
func (a *Actions) copyCredentials(ctx context.Context, c click) error {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	if snapshot.Protects(c.Profile) {
		sure, err := a.dialogs.Confirm(ctx, dialog.Message{
			Title: "Copy credentials", Text: "Copy credentials of " + vaultcore.Printable(c.Profile) + ", which is protected?\nEvery program can read the clipboard.", Yes: "Copy", Risky: true,
		})
		if err != nil || !sure {
			return err
		}
	}
	result, err := a.vault.Credentials(ctx, agent.CredentialsRequest{Profile: c.Profile, Caller: vaultcore.Click(c.Profile)})
	if err != nil {
		return err
	}
	if err := a.clipboard.Copy(ctx, vaultcore.NewSecret(forShell(result, c.Value))); err != nil {
		return err
	}
	_ = a.tell(ctx, notify.Copied(c.Profile, clipboard.Life))
	return nil
}

// copyID puts a profile's account id, or the ARN of its role or user, on the clipboard.
func (a *Actions) copyID(ctx context.Context, c click) error {
	if err := a.clipboard.CopyText(ctx, c.Value); err != nil {
		return err
	}
	copied := notify.CopiedID(c.Profile)
	if strings.HasPrefix(c.Value, "arn:") {
		copied = notify.CopiedARN(c.Profile)
	}
	_ = a.tell(ctx, copied)
	return nil
}

// forShell words credentials for a shell or a file of variables. No value holds
// a quote: AWS's are letters, digits, + / and =, a region's is checked.
func forShell(r agent.CredentialsResult, format string) string {
	var b strings.Builder
	line := func(name, value string) {
		switch {
		case value == "":
		case format == menu.CopyExport:
			fmt.Fprintf(&b, "export %s='%s'\n", name, value)
		default:
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}
	}
	line("AWS_ACCESS_KEY_ID", r.Credentials.AccessKeyID)
	line("AWS_SECRET_ACCESS_KEY", r.Credentials.SecretAccessKey.Reveal())
	line("AWS_SESSION_TOKEN", r.Credentials.SessionToken.Reveal())
	if !r.Credentials.Expires.IsZero() {
		line("AWS_CREDENTIAL_EXPIRATION", r.Credentials.Expires.UTC().Format(time.RFC3339))
	}
	line("AWS_REGION", r.Region)
	line("AWS_DEFAULT_REGION", r.Region)
	return b.String()
}
