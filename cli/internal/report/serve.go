package report

import "github.com/vaultbar/vaultbar/vaultcore/agent"

// serveReport is the stable form of what is served for programs.
type serveReport struct {
	Profile string      `json:"profile"`
	Address string      `json:"address"`
	Token   string      `json:"token"`
	Region  string      `json:"region,omitempty"`
	Relay   agent.Relay `json:"relay,omitzero"`
}

// ServeJSON is a profile that is served, in its stable form. It has the token in clear:
// that is what it is for.
func ServeJSON(profile string, r agent.ServeResult) any {
	return serveReport{profile, r.Endpoint.Address, r.Endpoint.Token.Reveal(), r.Endpoint.Region, r.Relay}
}
