package sso

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
)

// start is the start URL by which AWS knows the portal. A company's own address leads
// there by one redirect, which is looked up each time that a person signs in; the
// sign-in is kept under the address of the config all the same, as in AWS's own tools.
//
// Source: aws-cli, awscli/customizations/sso/resolve.py.
func (a *Authority) start(ctx context.Context) (string, error) {
	at, err := url.Parse(a.session.StartURL)
	if err != nil || aws.IsPortal(at.Hostname()) {
		return a.session.StartURL, nil
	}
	portal, err := a.follow(ctx, at)
	if err != nil {
		return "", err
	}
	if portal.Scheme != "https" || !aws.IsPortal(portal.Hostname()) || portal.User != nil {
		return "", a.noPortal("%s does not lead to a portal of AWS", vaultcore.Printable(a.session.StartURL))
	}
	if region := aws.PortalRegion(portal.Hostname()); region != "" && region != a.session.Region {
		return "", a.noPortal("%s leads to a portal in %s, and sso_region says %s",
			vaultcore.Printable(a.session.StartURL), region, vaultcore.Printable(a.session.Region))
	}
	return aws.Origin(portal) + strings.TrimRight(portal.EscapedPath(), "/"), nil
}

func (a *Authority) noPortal(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrConfig, format, args...).
		WithHint("set sso_start_url and sso_region to what the portal's page shows under Access keys")
}

// follow looks where an address redirects to: itself where it does not. Some servers
// answer only GET.
func (a *Authority) follow(ctx context.Context, at *url.URL) (*url.URL, error) {
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		request, err := http.NewRequestWithContext(ctx, method, at.String(), nil)
		if err != nil {
			return nil, err
		}
		reply, err := a.at.HTTP.Do(request)
		if err != nil {
			return nil, awshttp.Host{Name: at.Hostname(), Setting: "sso_start_url"}.Fault(err)
		}
		_ = reply.Body.Close()
		switch {
		case method == http.MethodHead && (reply.StatusCode == http.StatusMethodNotAllowed || reply.StatusCode == http.StatusNotImplemented):
			continue
		case reply.StatusCode >= http.StatusBadRequest:
			return nil, a.noPortal("%s answers with HTTP %d and leads to no portal of AWS", vaultcore.Printable(at.String()), reply.StatusCode)
		}
		if to, err := reply.Location(); err == nil && reply.StatusCode >= http.StatusMultipleChoices {
			return to, nil
		}
		return at, nil
	}
	return at, nil
}
