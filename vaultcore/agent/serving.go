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
	// Port and Token take up what an app that has ended left off, whose programs still
	// run: there is no first session then, and nobody is asked.
	Port  int
	Token vaultcore.Secret
	// Ready is called once programs can ask.
	Ready  func(Endpoint)
	Caller vaultcore.Caller
}

// Endpoint is where programs ask for credentials.
type Endpoint struct {
	Address  string           // "http://127.0.0.1:43117"
	Token    vaultcore.Secret // what they show there; zero for the metadata service
	Region   string           // empty when neither config nor request names one
	Warnings []string         // for stderr, a line each
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
}

func (r *ServeCallerRequest) report(send func(frame any)) {
	r.Ready = func(e Endpoint) {
		send(outbound[endpointReply]{Part: &endpointReply{e.Address, revealed(e.Token.Reveal()), e.Region, e.Warnings}})
	}
}

func (r *ServeCallerRequest) heard(e *endpointReply) {
	r.Ready(Endpoint{e.Address, vaultcore.NewSecret(string(e.Token)), e.Region, e.Warnings})
}
