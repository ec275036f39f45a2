package vaultcore

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// Tag is a session tag of sts:AssumeRole.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Alias is what a credential_process asks Vaultbar, or aws-vault, for, when that is
// another profile: the zero Alias stands for none.
type Alias struct {
	Profile   string
	NoSession bool          // --no-session
	Duration  time.Duration // --duration; 0 when not given
}

// SourceKind is a way of AWS's own tools to get credentials without a key.
type SourceKind string

// The kinds of source, later ones before earlier ones where a profile has several,
// as in AWS's own tools.
const (
	ProcessSource     SourceKind = "process"     // credential_process of a program that is neither Vaultbar nor aws-vault
	LoginSource       SourceKind = "login"       // login_session: aws login
	SSOSource         SourceKind = "sso"         // sso_*: IAM Identity Center
	MachineSource     SourceKind = "machine"     // credential_source: the environment, a container, an EC2 instance
	WebIdentitySource SourceKind = "webidentity" // web_identity_token_file or web_identity_token_process
)

// Title names the kind for a person.
func (k SourceKind) Title() string {
	switch k {
	case ProcessSource:
		return "credential_process"
	case LoginSource:
		return "aws login"
	case SSOSource:
		return "IAM Identity Center"
	case MachineSource:
		return "credential_source"
	case WebIdentitySource:
		return "a web identity token"
	default:
		return string(k)
	}
}

// Source is where the credentials of a profile start, as its section says: the zero
// Source stands for a key. All of it tells one session from another.
type Source struct {
	Kind    SourceKind
	Key     string // of the section: "credential_process"
	Value   string // of that key
	Account string // sso_account_id, or that of login_session
	Role    string // sso_role_name, or that of login_session where it is a role's session
	SignIn  SignIn // of IAM Identity Center

	// Caller tells what a caller brought along, keys or a token, from what another
	// did: a hash. TokenFile is where a container's token is read. Both are of
	// credential_source, and known only when the plan is made.
	Caller, TokenFile string
}

// SignIn is where people sign in to IAM Identity Center: an [sso-session], or the
// same keys in a profile. All profiles that say the same share one sign-in.
type SignIn struct {
	Session  string // its name; empty for keys in a profile
	StartURL string // sso_start_url
	Region   string // sso_region
	Scopes   string // sso_registration_scopes: with commas between them
}

// Name is what a person calls it: that of the section, else the start URL.
func (s SignIn) Name() string { return cmp.Or(s.Session, s.StartURL) }

// Title says that it is a sign-in: "sign-in to corp". It is empty for the zero SignIn.
func (s SignIn) Title() string {
	if s == (SignIn{}) {
		return ""
	}
	return "sign-in to " + s.Name()
}

// Lacks names the first key that Identity Center cannot do without and that the
// config does not have; empty for none, and for other kinds.
func (s Source) Lacks() string {
	if s.Kind != SSOSource {
		return ""
	}
	for _, needed := range []struct{ key, value string }{
		{"sso_start_url", s.SignIn.StartURL}, {"sso_region", s.SignIn.Region}, {"sso_account_id", s.Account}, {"sso_role_name", s.Role},
	} {
		if needed.value == "" {
			return needed.key
		}
	}
	return ""
}

// String names the setting that says so: "a credential_process of another program".
func (s Source) String() string {
	switch s.Kind {
	case "":
		return ""
	case ProcessSource:
		return "a credential_process of another program"
	case SSOSource:
		return "sso_* settings"
	case MachineSource:
		return s.Key + " = " + s.Value
	default:
		return "a " + s.Key
	}
}

// Profile is one profile of an AWS config file, with AWS's meaning of each key.
// Nothing is inherited from [default]; include_profile (aws-vault's own key) is
// already merged in.
type Profile struct {
	Name string

	Region        string // region
	RoleARN       string // role_arn
	SourceProfile string // source_profile
	MFASerial     string // mfa_serial
	Account       string // aws_account_id: of the key, or of what stands in its place

	RoleSessionName string        // role_session_name
	ExternalID      string        // external_id
	Duration        time.Duration // duration_seconds; 0 when not given

	MFAProcess           string // mfa_process: a command that prints a code
	MFAPrompt            string // mfa_prompt: "ykman", or ""
	Reach                Reach  // endpoint_url, services, use_fips_endpoint and their like
	STSRegionalEndpoints string // sts_regional_endpoints: "legacy", "regional" or ""

	SessionTags           []Tag    // session_tags: k=v,k=v
	TransitiveSessionTags []string // transitive_session_tags: k,k
	SourceIdentity        string   // source_identity

	// Source is where its credentials start when not with a key.
	Source Source

	// Synced says that it bears the mark of `vaultbar sso sync`, which wrote it.
	Synced bool

	// Alias is another profile that this one stands for.
	Alias Alias

	// File and Line say where the section starts, for messages.
	File string
	Line int

	// Err is why this profile cannot be used: a value that cannot be read, a
	// loop of source_profile. Other profiles are not touched by it.
	Err error
}

// Leads returns the name of the profile that p gets its credentials from, and the key
// that says so. Both are empty where there is none: a profile that names itself means
// its own key.
func (p Profile) Leads() (name, key string) {
	switch {
	case p.Alias.Profile != "":
		return p.Alias.Profile, "credential_process"
	case p.SourceProfile != "" && p.SourceProfile != p.Name:
		return p.SourceProfile, "source_profile"
	default:
		return "", ""
	}
}

// Profiles is an unchanging set of profiles in the order of the file.
type Profiles struct {
	list  []Profile
	index map[string]int
}

// NewProfiles makes a set; of two profiles with one name the later counts.
func NewProfiles(list []Profile) Profiles {
	p := Profiles{list: list, index: make(map[string]int, len(list))}
	for i, profile := range list {
		p.index[profile.Name] = i
	}
	return p
}

// All returns the profiles in the order of the file. The slice is shared: do
// not write to it.
func (p Profiles) All() []Profile { return p.list }

// Get returns the profile with this name.
func (p Profiles) Get(name string) (Profile, bool) {
	i, ok := p.index[name]
	if !ok {
		return Profile{}, false
	}
	return p.list[i], true
}

// MaxChain is how many profiles may lead from one to the next.
const MaxChain = 16

// Chain returns the profile with this name and those that it leads to, one after the
// other, until one names no other or one that is not in the set. The names of a loop
// end with the one that was there before; a chain that is too long is cut off behind
// [MaxChain].
func (p Profiles) Chain(name string) []Profile {
	var chain []Profile
	for len(chain) <= MaxChain {
		at, ok := p.Get(name)
		if !ok {
			return chain
		}
		before := slices.ContainsFunc(chain, func(c Profile) bool { return c.Name == name })
		chain = append(chain, at)
		if name, _ = at.Leads(); name == "" || before {
			return chain
		}
	}
	return chain
}

// Like returns up to three names that a person may have meant by name: those
// within two slips of it, or that contain it, nearest first.
func (p Profiles) Like(name string) []string {
	type guess struct {
		name string
		far  int
	}
	var guesses []guess
	low := strings.ToLower(name)
	for _, profile := range p.list {
		other := strings.ToLower(profile.Name)
		switch far := Slips(low, other); {
		case far <= 2:
			guesses = append(guesses, guess{profile.Name, far})
		case len(low) > 2 && (strings.Contains(other, low) || strings.Contains(low, other)):
			guesses = append(guesses, guess{profile.Name, 3})
		}
	}
	sort.SliceStable(guesses, func(i, j int) bool { return guesses[i].far < guesses[j].far })
	var names []string
	for i := 0; i < len(guesses) && i < 3; i++ {
		names = append(names, guesses[i].name)
	}
	return names
}

// Slips is how many letters must be put in, left out, changed, or swapped with
// their neighbor to make one word of another.
func Slips(a, b string) int {
	var older, old []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older, old, row = old, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			changed := old[j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			row[j] = min(old[j]+1, row[j-1]+1, changed)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
