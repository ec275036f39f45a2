package awsconfig

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
	"github.com/vaultbar/vaultbar/vaultcore/processline"
)

// The shapes that AWS gives to names.
var (
	serialShape  = regexp.MustCompile(`^[\w+=/:,.@-]{9,256}$`)
	sessionShape = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externShape  = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
)

// field is how one key fills a profile. The reason it returns is empty, or goes
// on the sentence "KEY of profile NAME …".
type field struct {
	key string
	set func(p *vaultcore.Profile, value string) (reason string)
}

// fields are the keys of a profile, in the order in which they are checked.
var fields = []field{
	{"role_arn", fitting(isRole, "is not the ARN of a role, such as arn:aws:iam::111111111111:role/name",
		func(p *vaultcore.Profile) *string { return &p.RoleARN })},
	{"source_profile", func(p *vaultcore.Profile, v string) string { p.SourceProfile = v; return "" }},
	{"region", fitting(aws.ValidRegion, "is not a region, such as eu-west-1",
		func(p *vaultcore.Profile) *string { return &p.Region })},
	{"mfa_serial", shaped(serialShape, "is not an MFA device, such as arn:aws:iam::111111111111:mfa/name",
		func(p *vaultcore.Profile) *string { return &p.MFASerial })},
	{"aws_account_id", fitting(aws.IsAccount, "is not an account id, which has 12 digits",
		func(p *vaultcore.Profile) *string { return &p.Account })},
	{"role_session_name", shaped(sessionShape, "is not 2 to 64 letters, digits or any of _=,.@+-",
		func(p *vaultcore.Profile) *string { return &p.RoleSessionName })},
	{"external_id", setExternal},
	{"source_identity", shaped(sessionShape, "is not 2 to 64 letters, digits or any of _=,.@+-",
		func(p *vaultcore.Profile) *string { return &p.SourceIdentity })},
	{"duration_seconds", setDuration},
	{"credential_process", setProcess},
	{"sts_regional_endpoints", setRegional},
	{"ignore_configured_endpoint_urls", setSwitch(func(r *vaultcore.Reach) *vaultcore.Switch { return &r.Ignore })},
	{"use_fips_endpoint", setSwitch(func(r *vaultcore.Reach) *vaultcore.Switch { return &r.FIPS })},
	{"use_dualstack_endpoint", setSwitch(func(r *vaultcore.Reach) *vaultcore.Switch { return &r.DualStack })},
	{"max_attempts", setAttempts},
	{"ca_bundle", fitting(filepath.IsAbs, "is not an absolute path, which it must be since many programs use it",
		func(p *vaultcore.Profile) *string { return &p.Reach.Bundle })},
	{"session_tags", setTags},
	{"transitive_session_tags", setTransitive},
	{"login_session", setLogin},
	{"sso_start_url", setSSO(func(s *vaultcore.Source, v string) { s.Key, s.Value, s.SignIn.StartURL = "sso_start_url", v, v })},
	{"sso_session", setSSO(func(s *vaultcore.Source, v string) { s.Key, s.Value, s.SignIn.Session = "sso_session", v, v })},
	{"sso_region", setSSO(func(s *vaultcore.Source, v string) { s.SignIn.Region = v })},
	{"sso_account_id", setSSO(func(s *vaultcore.Source, v string) { s.Account = v })},
	{"sso_role_name", setSSO(func(s *vaultcore.Source, v string) { s.Role = v })},
	{"sso_registration_scopes", func(p *vaultcore.Profile, v string) string { p.Source.SignIn.Scopes = v; return "" }},
	{"credential_source", setMachine},
	{"web_identity_token_process", setSource(vaultcore.WebIdentitySource, "web_identity_token_process")},
	{"web_identity_token_file", setTokenFile},
	{"mfa_process", func(p *vaultcore.Profile, v string) string { p.MFAProcess = v; return "" }},
	{"mfa_prompt", setPrompt},
}

func isRole(text string) bool {
	_, _, ok := aws.ParseRole(text)
	return ok
}

// shaped fills a text that must look like what it says.
func shaped(shape *regexp.Regexp, reason string, field func(*vaultcore.Profile) *string) func(*vaultcore.Profile, string) string {
	return fitting(shape.MatchString, reason, field)
}

// fitting fills a text that must pass a check.
func fitting(fits func(string) bool, reason string, field func(*vaultcore.Profile) *string) func(*vaultcore.Profile, string) string {
	return func(p *vaultcore.Profile, value string) string {
		if !fits(value) {
			return reason
		}
		*field(p) = value
		return ""
	}
}

// setSource reads a key that says where credentials start.
func setSource(kind vaultcore.SourceKind, key string) func(*vaultcore.Profile, string) string {
	return func(p *vaultcore.Profile, value string) string {
		p.Source = vaultcore.Source{Kind: kind, Key: key, Value: value}
		return ""
	}
}

// setTokenFile reads web_identity_token_file. AWS's own tools look for a path that is
// not whole from where they run, which nobody here does.
func setTokenFile(p *vaultcore.Profile, value string) string {
	if !filepath.IsAbs(value) && !os.IsPathSeparator(value[0]) {
		return "is not an absolute path, such as /var/run/secrets/token"
	}
	return setSource(vaultcore.WebIdentitySource, "web_identity_token_file")(p, value)
}

// setLogin reads login_session: the ARN of who has signed in, for AWS's tools a name like
// any other.
func setLogin(p *vaultcore.Profile, value string) string {
	p.Source = vaultcore.Source{Kind: vaultcore.LoginSource, Key: "login_session", Value: value}
	if who, ok := aws.ParseARN(value); ok {
		p.Source.Account = who.Account
		if session, ok := strings.CutPrefix(who.Resource, "assumed-role/"); ok {
			p.Source.Role, _, _ = strings.Cut(session, "/")
		}
	}
	return ""
}

// setSSO reads one of the keys of which each makes a profile one of IAM Identity
// Center.
func setSSO(set func(*vaultcore.Source, string)) func(*vaultcore.Profile, string) string {
	return func(p *vaultcore.Profile, value string) string {
		if p.Source.Kind != vaultcore.SSOSource {
			p.Source = vaultcore.Source{Kind: vaultcore.SSOSource}
		}
		set(&p.Source, value)
		return ""
	}
}

// setMachine reads credential_source, in whose place source_profile may stand.
func setMachine(p *vaultcore.Profile, value string) string {
	if !slices.Contains([]string{"Environment", "Ec2InstanceMetadata", "EcsContainer"}, value) {
		return "is not Environment, Ec2InstanceMetadata or EcsContainer"
	}
	if p.SourceProfile != "" {
		return "cannot be combined with source_profile: AWS's tools refuse the two together"
	}
	return setSource(vaultcore.MachineSource, "credential_source")(p, value)
}

// fill puts the keys into the profile and returns the first that is wrong.
func (d *document) fill(p *vaultcore.Profile, keys map[string]inifile.Key) error {
	for _, field := range fields {
		key, ok := keys[field.key]
		if !ok || key.Value == "" {
			continue
		}
		if reason := field.set(p, key.Value); reason != "" {
			return d.faultAt(key.Line, "%s of profile %s %s", key.Name, vaultcore.Printable(p.Name), reason)
		}
	}
	if err := d.fillSignIn(p); err != nil {
		return err
	}
	switch p.Source.Kind {
	case vaultcore.SSOSource, vaultcore.LoginSource, vaultcore.WebIdentitySource:
		p.Alias = vaultcore.Alias{} // AWS's tools look at these first
	}
	if p.RoleARN != "" {
		p.Alias = vaultcore.Alias{} // and at this
	}
	return d.fillEndpoints(p, keys)
}

func setExternal(p *vaultcore.Profile, value string) string {
	if !externShape.MatchString(value) || len(value) > 1224 {
		return "is not 2 to 1224 letters, digits or any of _=,.@:/+-"
	}
	p.ExternalID = value
	return ""
}

func setDuration(p *vaultcore.Profile, value string) string {
	seconds, err := strconv.Atoi(value)
	most := aws.MaxSession
	if p.RoleARN != "" {
		most = aws.MaxRole
	}
	if err != nil || seconds < int(aws.MinSession.Seconds()) || seconds > int(most.Seconds()) {
		return fmt.Sprintf("is not a number of seconds from %.0f to %.0f", aws.MinSession.Seconds(), most.Seconds())
	}
	p.Duration = time.Duration(seconds) * time.Second
	return ""
}

func setProcess(p *vaultcore.Profile, value string) string {
	command, err := processline.Parse(value)
	if err != nil {
		return "has an unclosed quote"
	}
	asked, ok := command.Request()
	switch {
	case !command.Ours(), !ok && command.Program() == "aws-vault" && slices.Contains(command.Words, "exec"):
		return setSource(vaultcore.ProcessSource, "credential_process")(p, value) // aws-vault may only run it
	case ok && asked.Profile != p.Name:
		p.Alias = vaultcore.Alias{Profile: asked.Profile, NoSession: asked.NoSession, Duration: length(asked.Duration)}
	}
	return ""
}

// length reads the value of --duration; 0 is for one that the command refuses.
func length(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(seconds) * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// setPrompt reads what gives MFA codes. The names of other ways to ask are those of
// aws-vault, where they say how a dialog is drawn.
func setPrompt(p *vaultcore.Profile, value string) string {
	if value == string(vaultcore.PromptYkman) {
		p.MFAPrompt = value
		return ""
	}
	if !slices.Contains(processline.Prompts, value) {
		return "is not one of " + strings.Join(processline.Prompts, ", ")
	}
	return ""
}

func setRegional(p *vaultcore.Profile, value string) string {
	value = strings.ToLower(value)
	if value != "legacy" && value != "regional" {
		return "is not legacy or regional"
	}
	p.STSRegionalEndpoints = value
	return ""
}

// setTags reads session_tags: k=v,k=v. Of two values for one key the later
// counts.
func setTags(p *vaultcore.Profile, value string) string {
	for pair := range strings.SplitSeq(value, ",") {
		key, tag, ok := strings.Cut(pair, "=")
		key, tag = strings.TrimSpace(key), strings.TrimSpace(tag)
		if !ok || key == "" || len(key) > 128 || len(tag) > 256 {
			return "is not of the form key=value,key=value"
		}
		p.SessionTags = withTag(p.SessionTags, vaultcore.Tag{Key: key, Value: tag})
	}
	if len(p.SessionTags) > 50 {
		return "has more than 50 tags"
	}
	folded := make(map[string]bool, len(p.SessionTags))
	for _, tag := range p.SessionTags {
		folded[strings.ToLower(tag.Key)] = true
	}
	if p.RoleARN != "" && len(folded) < len(p.SessionTags) {
		return "has a tag twice: AWS ignores case in tag keys"
	}
	return ""
}

func withTag(tags []vaultcore.Tag, tag vaultcore.Tag) []vaultcore.Tag {
	for i := range tags {
		if tags[i].Key == tag.Key {
			tags[i] = tag
			return tags
		}
	}
	return append(tags, tag)
}

// setTransitive reads transitive_session_tags: k,k. Each is one of session_tags.
func setTransitive(p *vaultcore.Profile, value string) string {
	for key := range strings.SplitSeq(value, ",") {
		if key = strings.TrimSpace(key); key == "" {
			continue
		}
		p.TransitiveSessionTags = append(p.TransitiveSessionTags, key)
		given := slices.ContainsFunc(p.SessionTags, func(tag vaultcore.Tag) bool { return strings.EqualFold(tag.Key, key) })
		if p.RoleARN != "" && !given {
			return "names a tag that session_tags does not have"
		}
	}
	if len(p.TransitiveSessionTags) > 50 {
		return "has more than 50 tags"
	}
	return ""
}
