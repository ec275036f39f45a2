package awstest

import (
	"net/url"
	"time"
)

// deviceCode is a sign-in that was begun by a program, for a person to finish in
// any browser.
type deviceCode struct {
	userCode string
	client   *registration
	center   *IdentityCenter
	expires  time.Time
	interval time.Duration // between polls; each that comes too soon makes it longer
	polled   time.Time
	signin   *portalSignin // when it was allowed
	refused  bool
	used     bool
}

// deviceInterval is the interval that AWS asks for.
const deviceInterval = time.Second

type deviceJSON struct {
	DeviceCode              string `json:"deviceCode"`
	UserCode                string `json:"userCode"`
	VerificationURI         string `json:"verificationUri"`
	VerificationURIComplete string `json:"verificationUriComplete"`
	ExpiresIn               int    `json:"expiresIn"`
	Interval                int    `json:"interval"`
}

// startDeviceAuthorization begins a sign-in by device code.
func startDeviceAuthorization(c *restCall) (any, *refusal) {
	client, no := c.clientLocked()
	if no != nil {
		return nil, no
	}
	center := c.srv.centerLocked(c.form.get("startUrl"))
	if center == nil || !center.at(c.request.Host) {
		return nil, oidcRefusal("InvalidRequestException")
	}
	if !client.mayGrant(deviceGrant) {
		return nil, oidcRefusal("UnauthorizedClientException")
	}
	device := &deviceCode{
		userCode: randomText(idAlphabet[:16], 4) + "-" + randomText(idAlphabet[:16], 4),
		client:   client, center: center, expires: c.srv.Now().Add(deviceLife), interval: deviceInterval,
	}
	code := c.srv.sso.give(newToken(""))
	c.srv.sso.devices[code] = device
	page := c.srv.URL() + "/device"
	return deviceJSON{
		code, device.userCode, page, page + "?user_code=" + url.QueryEscape(device.userCode), int(deviceLife.Seconds()), int(deviceInterval.Seconds()),
	}, nil
}

// redeemDevice answers a poll. One that comes too soon is told to slow down when
// there is nothing else to tell.
func (c *restCall) redeemDevice(client *registration) (*portalSignin, *refusal) {
	code := c.form.get("deviceCode")
	if code == "" {
		return nil, oidcRefusal("InvalidRequestException")
	}
	device := c.srv.sso.devices[code]
	if device == nil || device.client != client || device.used {
		return nil, oidcRefusal("InvalidGrantException")
	}
	now := c.srv.Now()
	soon := now.Sub(device.polled) < device.interval
	device.polled = now
	switch {
	case !now.Before(device.expires):
		return nil, oidcRefusal("ExpiredTokenException")
	case device.refused:
		return nil, oidcRefusal("AccessDeniedException")
	case device.signin == nil && soon:
		device.interval += 5 * time.Second
		return nil, oidcRefusal("SlowDownException")
	case device.signin == nil:
		return nil, oidcRefusal("AuthorizationPendingException")
	case !device.signin.live(now):
		return nil, oidcRefusal("InvalidGrantException")
	}
	device.used = true
	return device.signin, nil
}

// deviceLocked finds a device code that waits for its person, by the code that a
// person reads.
func (s *Server) deviceLocked(userCode string) *deviceCode {
	for _, device := range s.sso.devices {
		waits := device.signin == nil && !device.refused && s.Now().Before(device.expires)
		if waits && sameText(device.userCode, userCode) {
			return device
		}
	}
	return nil
}
