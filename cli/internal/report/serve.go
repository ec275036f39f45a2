package report

import "github.com/vaultbar/vaultbar/vaultcore/agent"

// serveReport is the stable form of what is served for programs.
type serveReport struct {
	Profile string       `json:"profile"`
	Address string       `json:"address"`
	Token   string       `json:"token"`
	Region  string       `json:"region,omitempty"`
	Relay   *relayReport `json:"relay,omitempty"`
}

type relayReport struct {
	Address string `json:"address"`
	Folder  string `json:"folder,omitempty"`
	Port    int    `json:"port"`
}

// ServeJSON is a profile that is served, in its stable form. It has the token in clear:
// that is what it is for.
func ServeJSON(profile string, r agent.ServeResult) any {
	report := serveReport{Profile: profile, Address: r.Endpoint.Address, Token: r.Endpoint.Token.Reveal(), Region: r.Endpoint.Region}
	if r.Relay.Port != 0 {
		relay := relayReport(r.Relay)
		report.Relay = &relay
	}
	return report
}
