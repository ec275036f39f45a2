package autostart

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// SocketName is what launchd calls the socket at which it listens for the app.
const SocketName = "Agent"

// label names our launch agent.
const label = "com.github.vaultbar.vaultbar"

// emptied are the variables that the app never takes from its environment, whoever has
// put them into that of launchd (launchctl setenv): launchd cannot take one out. They are
// those that the unit of systemd takes out.
var emptied = strings.Fields(`
	VAULTBAR_APP VAULTBAR_BACKEND VAULTBAR_FILE_DIR VAULTBAR_FILE_PASSPHRASE VAULTBAR_PROCESS
	AWS_ACCESS_KEY_ID AWS_ASSUME_ROLE_TTL AWS_CA_BUNDLE AWS_CHAINED_SESSION_TOKEN_TTL AWS_CONFIG_FILE
	AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_FULL_URI
	AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CREDENTIAL_EXPIRATION AWS_CREDENTIAL_FILE AWS_DEFAULT_PROFILE AWS_DEFAULT_REGION
	AWS_EC2_METADATA_DISABLED AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE AWS_ENDPOINT_URL
	AWS_ENDPOINT_URL_IAM AWS_ENDPOINT_URL_SIGNIN AWS_ENDPOINT_URL_SSO AWS_ENDPOINT_URL_SSO_OIDC AWS_ENDPOINT_URL_STS
	AWS_FEDERATION_TOKEN_TTL AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_LOGIN_CACHE_DIRECTORY AWS_MAX_ATTEMPTS AWS_MFA_SERIAL AWS_PROFILE
	AWS_REGION AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_SDK_LOAD_CONFIG AWS_SECRET_ACCESS_KEY AWS_SECURITY_TOKEN AWS_SESSION_TAGS
	AWS_SESSION_TOKEN AWS_SESSION_TOKEN_TTL AWS_SHARED_CREDENTIALS_FILE AWS_SOURCE_IDENTITY AWS_STS_REGIONAL_ENDPOINTS
	AWS_TRANSITIVE_TAGS AWS_USE_DUALSTACK_ENDPOINT AWS_USE_FIPS_ENDPOINT AWS_VAULT AWS_VAULT_YKMAN_VERSION AWS_WEB_IDENTITY_TOKEN_FILE
	all_proxy ALL_PROXY http_proxy HTTP_PROXY https_proxy HTTPS_PROXY NO_PROXY no_proxy SSL_CERT_DIR SSL_CERT_FILE
	AI_AGENT AUGMENT_AGENT CLAUDECODE CLINE_ACTIVE CODEX_SANDBOX CODEX_THREAD_ID COPILOT_CLI CURSOR_AGENT GEMINI_CLI GOOSE_TERMINAL
	OPENCODE QWEN_CODE YKMAN_OATH_CREDENTIAL_NAME YKMAN_OATH_DEVICE_SERIAL
	GODEBUG GOTRACEBACK
`)

// launchAgent is our entry as launchd has it (launchd.plist(5)): launchd listens at the
// socket where commands look for the app, starts the app at login, when a command asks
// for one that has ended, and after a crash. Of the environment of that command nothing
// reaches it.
func launchAgent(program, socket string) string {
	var variables strings.Builder
	for _, name := range emptied {
		fmt.Fprintf(&variables, "\t\t<key>%s</key><string></string>\n", name)
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>` + label + `</string>
	<key>ProgramArguments</key><array><string>` + inXML(program) + `</string></array>
	<key>Sockets</key>
	<dict>
		<key>` + SocketName + `</key>
		<dict>
			<key>SockPathName</key><string>` + inXML(socket) + `</string>
			<key>SockPathMode</key><integer>384</integer>
		</dict>
	</dict>
	<key>EnvironmentVariables</key>
	<dict>
		<key>PATH</key><string>/usr/bin:/bin:/usr/sbin:/sbin</string>
` + variables.String() + `	</dict>
	<key>RunAtLoad</key><true/>
	<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
	<key>SoftResourceLimits</key><dict><key>Core</key><integer>0</integer></dict>
	<key>ProcessType</key><string>Interactive</string>
	<key>LimitLoadToSessionType</key><string>Aqua</string>
</dict>
</plist>
`
}

// inXML is a text as XML has it.
func inXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes all
	return b.String()
}
