package agent

import (
	"encoding/json"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ServeCallerRequest has a profile's credentials served to programs of the caller.
type ServeCallerRequest struct {
	Profile  string
	MinTTL   time.Duration // the least that the first session must live
	Duration time.Duration // of the sessions; 0 means as configured
	Region   string        // instead of the profile's
	Metadata bool          // as the metadata service of EC2, instead of a container's endpoint
	// Port and Token continue the server of an app that has ended, whose programs still
	// run: there is no first session then, and nobody is asked.
	Port  int
	Token vaultcore.Secret
	// Ready is called once programs can ask.
	Ready  func(Endpoint)
	Caller vaultcore.Caller
}

// Endpoint is where programs ask for credentials.
type Endpoint struct {
	Address   string           // "http://127.0.0.1:43117"
	Token     vaultcore.Secret // what they show there; zero for the metadata service
	Region    string           // empty when neither config nor request names one
	Warnings  []string         // for stderr, a line each
	Protected bool             // the profile is, which a shell of it shows
}

type serveCallerForm struct {
	Profile  string   `json:"profile,omitempty"`
	MinTTL   span     `json:"min_ttl,omitempty"`
	Duration span     `json:"duration,omitempty"`
	Region   string   `json:"region,omitempty"`
	Metadata bool     `json:"metadata,omitempty"`
	Port     int      `json:"port,omitempty"`
	Token    revealed `json:"token,omitempty"`
}

func (r *ServeCallerRequest) form() any {
	return serveCallerForm{r.Profile, span(r.MinTTL), span(r.Duration), r.Region, r.Metadata, r.Port, revealed(r.Token.Reveal())}
}

// UnmarshalJSON reads the form on the wire.
func (r *ServeCallerRequest) UnmarshalJSON(text []byte) error {
	var f serveCallerForm
	err := json.Unmarshal(text, &f)
	*r = ServeCallerRequest{
		Profile: f.Profile, MinTTL: time.Duration(f.MinTTL), Duration: time.Duration(f.Duration), Region: f.Region,
		Metadata: f.Metadata, Port: f.Port, Token: vaultcore.NewSecret(string(f.Token)),
	}
	return err
}

// endpointReply is an endpoint on the wire.
type endpointReply struct {
	Address  string   `json:"address"`
	Token    revealed `json:"token,omitempty"`
	Region   string   `json:"region,omitempty"`
	Warnings []string `json:"warnings,omitempty"`

	Protected bool `json:"protected,omitempty"`
}

func endpointToWire(e Endpoint) endpointReply {
	return endpointReply{e.Address, revealed(e.Token.Reveal()), e.Region, e.Warnings, e.Protected}
}

func (e endpointReply) endpoint() Endpoint {
	return Endpoint{e.Address, vaultcore.NewSecret(string(e.Token)), e.Region, e.Warnings, e.Protected}
}

func (r *ServeCallerRequest) report(send func(frame any)) {
	r.Ready = func(e Endpoint) {
		reply := endpointToWire(e)
		send(outbound[endpointReply]{Part: &reply})
	}
}

func (r *ServeCallerRequest) heard(part any) { r.Ready(part.(*endpointReply).endpoint()) }

// ServeRequest has a profile served to whoever has its token.
type ServeRequest struct {
	Profile    string           `json:"profile,omitempty"`
	Containers bool             `json:"containers,omitempty"` // to containers as well, by a relay
	Caller     vaultcore.Caller `json:"-"`
}

// ServeResult says where a profile is served.
type ServeResult struct {
	Endpoint Endpoint
	Relay    Relay // zero where no container is served
}

// Relay is how containers get at what is served: a container at an address that SDKs
// trust passes their requests on.
type Relay struct {
	Address string `json:"address,omitempty"` // where containers ask: "http://169.254.170.2/prod"
	Folder  string `json:"folder,omitempty"`  // to mount, with the socket that is connected to; empty where there is none
	Port    int    `json:"port,omitempty"`    // of this machine's loopback, to connect to where containers run in a machine of their own
}

// StopServingRequest ends what Serve began.
type StopServingRequest struct {
	Profiles []string         `json:"profiles,omitempty"` // none for all
	Caller   vaultcore.Caller `json:"-"`
}

// StopServingResult counts what ended.
type StopServingResult struct {
	Served int `json:"served"`
}

// serveReply is where a profile is served, on the wire.
type serveReply struct {
	endpointReply
	Relay Relay `json:"relay,omitzero"`
}

func serveToWire(r ServeResult) serveReply { return serveReply{endpointToWire(r.Endpoint), r.Relay} }

func (r serveReply) result() ServeResult { return ServeResult{r.endpoint(), r.Relay} }
