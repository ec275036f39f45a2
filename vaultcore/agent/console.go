package agent

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// LoginRequest signs a profile in to the console. Of Service, Path and Address
// at most one is given; none means the console's home page.
//
// Link says that a vaultbar:// link asks, which any web page can hold: the person
// is asked on the desktop before the first one, and where several profiles reach
// the account of Address, which one; Profile is then empty.
type LoginRequest struct {
	Profile  string        `json:"profile,omitempty"`
	Duration time.Duration `json:"-"`
	Region   string        `json:"region,omitempty"`  // instead of the profile's
	Service  string        `json:"service,omitempty"` // a short name such as "ec2"
	Path     string        `json:"path,omitempty"`    // of the console, such as "/ec2/home#Instances:"
	Address  string        `json:"address,omitempty"` // a console address or an ARN
	Link     bool          `json:"link,omitempty"`

	Print       bool `json:"print,omitempty"`        // return the address instead of opening a browser
	LogoutFirst bool `json:"logout_first,omitempty"` // by way of the console's sign-out, for browsers without AWS's multi-session console

	Browser    string    `json:"browser,omitempty"` // by name; empty for the person's own
	Isolated   Isolation `json:"isolation,omitempty"`
	IsolatedAs string    `json:"isolated,omitempty"` // the name of the kept browser profile; empty for the AWS profile's
	Private    bool      `json:"private,omitempty"`  // in a private window

	Caller vaultcore.Caller `json:"-"`
}

// Isolation says whether a console opens in a browser profile of its own.
type Isolation string

// The values of Isolation.
const (
	IsolatedAsSet Isolation = "" // as the settings say
	IsolatedYes   Isolation = "yes"
	IsolatedNo    Isolation = "no"
)

// LoginResult says what Login did.
type LoginResult struct {
	Address  vaultcore.Secret `json:"-"`                  // with Print: what signs in, for 15 minutes
	Browser  string           `json:"browser,omitempty"`  // what was opened, for a person
	Warnings []string         `json:"warnings,omitempty"` // for stderr, a line each
	Issued   Issued           `json:"-"`                  // for the app itself
}

// ConsoleService is a service of the console.
type ConsoleService struct {
	Name  string `json:"name"` // what --service takes
	Title string `json:"title"`
}

// BrowsersResult is what Browsers found.
type BrowsersResult struct {
	Found []Browser     `json:"found"`
	Kept  []KeptProfile `json:"kept,omitempty"`
}

// Browser is a browser of this machine.
type Browser struct {
	Name    string `json:"name"` // what --browser takes
	Title   string `json:"title"`
	Default bool   `json:"default,omitempty"`
}

// KeptProfile is a browser profile kept for isolated consoles.
type KeptProfile struct {
	Name    string    `json:"name"`
	Browser string    `json:"browser"`
	Used    time.Time `json:"used,omitzero"`
	Open    bool      `json:"open,omitempty"`
}

// BrowserProfileRequest removes a kept browser profile.
type BrowserProfileRequest struct {
	Name string `json:"isolated,omitempty"`
}
