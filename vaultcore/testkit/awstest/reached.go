package awstest

import "strings"

// Reached is the text of a config file whose profiles all find AWS, its sign-in
// included, at an endpoint.
func Reached(config, endpoint string) string {
	return "[services " + servicesName + "]\nsignin =\n  endpoint_url = " + endpoint + "\n\n" + ReachedProfiles(config, endpoint)
}

// ReachedProfiles is Reached for text that is added to such a file.
func ReachedProfiles(config, endpoint string) string {
	var b strings.Builder
	for line := range strings.Lines(config) {
		b.WriteString(line)
		if strings.HasPrefix(line, "[profile ") || strings.HasPrefix(line, "[default]") {
			if !strings.HasSuffix(line, "\n") {
				b.WriteString("\n")
			}
			b.WriteString("endpoint_url = " + endpoint + "\nservices = " + servicesName + "\n")
		}
	}
	return b.String()
}

// servicesName is the section of a config that says where the sign-in is.
const servicesName = "awstest"
