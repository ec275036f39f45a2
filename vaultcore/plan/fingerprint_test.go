package plan

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// TestFingerprintCoversEveryField changes each field of a step in turn: all
// but the words for people must change the fingerprint, whatever fields a step
// is given later.
func TestFingerprintCoversEveryField(t *testing.T) {
	words := map[string]bool{"Profile": true, "Reasons": true, "CappedFrom": true, "BehindMFA": true, "Via": true,
		"MFAProcess": true, "MFAPrompt": true, "MFAProfile": true, "Authority": true, "Variant": true, "Attempts": true, "Agent": true}
	plain := Plan{Steps: []Step{{}}}.Fingerprint("AKIA", 0)
	fields := reflect.TypeFor[Step]()
	for i := range fields.NumField() {
		var s Step
		change(t, reflect.ValueOf(&s).Elem().Field(i))
		name := fields.Field(i).Name
		if name == "Region" {
			s.Region = "cn-north-1"
		}
		changed := Plan{Steps: []Step{s}}.Fingerprint("AKIA", 0) != plain
		if changed == words[name] {
			t.Errorf("field %s: the fingerprint changed: %v", name, changed)
		}
	}
}

func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Duration:
		v.SetInt(int64(time.Hour))
	case []string:
		v.Set(reflect.ValueOf([]string{"x"}))
	case []vaultcore.Tag:
		v.Set(reflect.ValueOf([]vaultcore.Tag{{Key: "x"}}))
	case bool:
		v.SetBool(true)
	case int:
		v.SetInt(5)
	case vaultcore.Variant:
		v.Set(reflect.ValueOf(vaultcore.Variant{FIPS: true}))
	case vaultcore.Via:
		v.Set(reflect.ValueOf(vaultcore.Via{Proxy: "x"}))
	case Named:
		v.Set(reflect.ValueOf(Named{Account: "x"}))
	case vaultcore.Source:
		v.Set(reflect.ValueOf(vaultcore.Source{Role: "x"}))
	default:
		if v.Kind() != reflect.String {
			t.Fatalf("this test cannot change a %s", v.Type())
		}
		v.SetString("x")
	}
}

// TestSharedSessions holds which profiles share which sessions.
func TestSharedSessions(t *testing.T) {
	ps := vaultcore.NewProfiles(sample())
	made := func(name string, step int, o Options) string {
		t.Helper()
		p, err := Resolve(ps, name, o)
		if err != nil {
			t.Fatal(err)
		}
		return p.Fingerprint("AKIA1", step)
	}
	o := sampleOptions()
	elsewhere, longer := o, o
	elsewhere.Region = "us-west-1"
	longer.SessionDuration = 12 * time.Hour
	session := made("bastion", 1, o)
	for _, name := range []string{"prod", "prod-eu", "prod-same-mfa", "audit", "both", "shares"} {
		if made(name, 1, o) != session {
			t.Errorf("%s does not share the session of bastion", name)
		}
	}
	same := map[string]bool{
		"another region to work in":  made("prod", 2, elsewhere) == made("prod", 2, o),
		"another STS region":         made("prod-eu", 2, o) == made("prod", 2, o),
		"another STS region in it":   inRegion("eu-west-1") == inRegion("us-east-1"),
		"same role, another name":    made("prod", 2, o) == made("both", 2, o),
		"a role below another":       made("audit", 2, o) == made("prod", 2, o),
		"negative step as no step":   made("prod", -1, o) == Plan{}.Fingerprint("AKIA1", 0),
		"step past the end as last":  made("prod", 9, o) == made("prod", 2, o),
		"the order of tags and keys": tagged("a", "b", "c", "d") == tagged("c", "d", "a", "b"),
	}
	for what, shared := range same {
		if !shared {
			t.Errorf("%s: the session is not shared", what)
		}
	}
	p, _ := Resolve(ps, "prod", o)
	different := map[string]bool{
		"another key":              p.Fingerprint("AKIA2", 1) != session,
		"another step":             made("prod", 2, o) != session,
		"another session duration": made("prod", 2, longer) != made("prod", 2, o),
		"another partition":        inRegion("cn-north-1") != inRegion("us-east-1"),
		"another source":           made("prod-plain", 2, o) != made("prod", 2, o),
	}
	for what, apart := range different {
		if !apart {
			t.Errorf("%s: the session is shared", what)
		}
	}
}

// inRegion is the fingerprint of a session that STS in this region makes.
func inRegion(region string) string {
	return Plan{Steps: []Step{{Kind: Session, Region: region}}}.Fingerprint("AKIA", 0)
}

// tagged is the fingerprint of a role with these tags: key, value, key, value.
func tagged(text ...string) string {
	s := Step{Kind: Role}
	for i := 0; i+1 < len(text); i += 2 {
		s.Tags = append(s.Tags, vaultcore.Tag{Key: text[i], Value: text[i+1]})
	}
	return Plan{Steps: []Step{s}}.Fingerprint("AKIA", 0)
}

// FuzzSessionKey holds that no text in a config file can make two different
// sessions look like one: moving characters across the border of two fields, or
// imitating how fields are written, changes the fingerprint.
func FuzzSessionKey(f *testing.F) {
	f.Add("a", "b", "c", "d")
	f.Add("a\" = \"b", "", "a", "b")
	f.Add("team", "core\"\ntag \"x\" = \"y", "team", "core")
	f.Add("a\x00", "b", "a", "\x00b")
	f.Add("\xff", "", "\ufffd", "")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		if (tagged(a, b) == tagged(c, d)) != (a == c && b == d) {
			t.Errorf("tags %q=%q and %q=%q", a, b, c, d)
		}
		left := Plan{Steps: []Step{{ExternalID: a, SourceIdentity: b}}}
		right := Plan{Steps: []Step{{ExternalID: c, SourceIdentity: d}}}
		if (left.Fingerprint("", 0) == right.Fingerprint("", 0)) != (a == c && b == d) {
			t.Errorf("fields %q, %q and %q, %q", a, b, c, d)
		}
		if (left.Fingerprint(a, 0) == left.Fingerprint(b, 0)) != (a == b) {
			t.Errorf("keys %q and %q", a, b)
		}
		if a != c && tagged(a, b, c, d) == tagged(a, b) {
			t.Errorf("a second tag %q=%q changes nothing", c, d)
		}
	})
}

// TestEndpointsDoNotShare holds that a session of another endpoint than AWS is
// another session: it must not be handed out once that endpoint is not set.
func TestEndpointsDoNotShare(t *testing.T) {
	ps := vaultcore.NewProfiles(sample())
	for _, name := range []string{"bastion", "prod"} {
		at := func(endpoint string) (Plan, error) {
			o := sampleOptions()
			o.Reach.Endpoints.STS = endpoint
			return Resolve(ps, name, o)
		}
		real, err := at("")
		if err != nil {
			t.Fatal(err)
		}
		local, err := at("http://localhost:4566")
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(real.Steps); i++ {
			if real.Fingerprint("AKIA1", i) == local.Fingerprint("AKIA1", i) {
				t.Errorf("step %d of %s is shared", i, name)
			}
		}
	}
}

var onlyShowable = regexp.MustCompile(`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`)

// good is what the config's reader lets pass of a text.
func good(text string, fits func(string) bool) string {
	if fits(text) {
		return text
	}
	return ""
}

func isRole(text string) bool   { _, _, ok := aws.ParseRole(text); return ok }
func isSerial(text string) bool { _, ok := aws.ParseIAM(text); return ok }
func isName(text string) bool   { return aws.SessionName(text) == text }

// FuzzResolve holds that no config makes Resolve panic or say something that
// could fool a terminal, and that each plan keeps its shape.
func FuzzResolve(f *testing.F) {
	f.Add("bastion", "prod", admin, "bastion", ann, "us-east-1", "", uint32(3600), uint8(0))
	f.Add("x", "y", admin, "y", "", "", "a b", uint32(90000), uint8(1))
	f.Add("a\n", "b\u202e", audit, "b\u202e", other, "cn-north-1", "name", uint32(0), uint8(7))
	f.Fuzz(func(t *testing.T, one, two, role, source, serial, region, text string, seconds uint32, bits uint8) {
		d := time.Duration(seconds) * time.Second
		region, role, serial, name := good(region, aws.ValidRegion), good(role, isRole), good(serial, isSerial), good(text, isName)
		ps := vaultcore.NewProfiles([]vaultcore.Profile{
			{Name: one, Region: region, MFASerial: serial, Source: sso(bits&16 != 0)},
			{Name: two, RoleARN: role, SourceProfile: source, Duration: min(max(d, aws.MinSession), aws.MaxRole), RoleSessionName: name, STSRegionalEndpoints: text},
			{Name: "top", RoleARN: role, SourceProfile: two, MFASerial: serial, ExternalID: name},
			{Name: "follower", SourceProfile: one, MFASerial: serial},
		})
		o := Options{Keys: map[string]bool{one: bits&1 != 0, two: bits&2 != 0}, NoSession: bits&4 != 0, User: text}
		if bits&8 != 0 {
			o.Duration = d
		}
		for _, name := range []string{one, two, "top", "follower", text} {
			p, err := Resolve(ps, name, o)
			if err != nil {
				if !onlyShowable.MatchString(err.Error() + vaultcore.Hint(err)) {
					t.Errorf("message %q, hint %q", err, vaultcore.Hint(err))
				}
				continue
			}
			checkShape(t, p)
		}
	})
}

// sso is the source of a profile of Identity Center, or none.
func sso(is bool) vaultcore.Source {
	if !is {
		return vaultcore.Source{}
	}
	return vaultcore.Source{Kind: vaultcore.SSOSource, Key: "sso_session", Value: "corp", Account: "666666666666", Role: "dev",
		SignIn: vaultcore.SignIn{Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "us-east-1"}}
}

// checkShape holds what package session relies on.
func checkShape(t *testing.T, p Plan) {
	t.Helper()
	asked := 0
	for i, s := range p.Steps {
		if (i == 0) != (s.Kind == Key || s.Kind == "sso") || s.Kind == Session && (i != 1 || p.Steps[0].Kind != Key) {
			t.Errorf("step %d is a %s: %s", i, s.Kind, p)
		}
		if i > 0 && (!aws.ValidRegion(s.Region) || s.Duration < 15*time.Minute) {
			t.Errorf("step %d asks in %q for %s", i, s.Region, s.Duration)
		}
		if s.Kind == Role && p.Steps[i-1].Kind != Key && s.Duration > time.Hour {
			t.Errorf("a role of a session lives %s", s.Duration)
		}
		if p.Asks(i) {
			asked++
		}
		said := s.Title() + s.Detail() + s.String() + p.Title()
		for _, why := range append(s.Reasons, p.Warnings...) {
			said += why
		}
		if !onlyShowable.MatchString(said) {
			t.Errorf("step %d says %q", i, said)
		}
	}
	if asked > 1 {
		t.Errorf("asks %d times: %s", asked, p)
	}
}
