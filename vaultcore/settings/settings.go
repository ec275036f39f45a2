package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/inifile"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// KeepFresh is which sessions are renewed ahead of time.
type KeepFresh string

// The values of keep_fresh.
const (
	FreshInUse  KeepFresh = "in-use" // those handed out within their last lifetime, and pinned ones
	FreshPinned KeepFresh = "pinned"
	FreshNever  KeepFresh = "never"
)

// Sandboxes is what programs in containers and sandboxes get.
type Sandboxes string

// The values of sandboxes.
const (
	SandboxesAsk    Sandboxes = "ask" // what the person allows
	SandboxesAllow  Sandboxes = "allow"
	SandboxesRefuse Sandboxes = "refuse"
)

// Commands is whether commands of the config file run.
type Commands string

// The values of commands.
const (
	CommandsAsk   Commands = "ask" // once the person has confirmed each
	CommandsAllow Commands = "allow"
)

// Settings are all settings.
type Settings struct {
	Backend          string        // which keychain; empty as long as none is chosen
	SessionDuration  time.Duration // of a session of the long-term key
	SSOSessionLength time.Duration // of a sign-in to Identity Center; 0 when that is to be learned
	Prompt           vaultcore.PromptMode
	AllowNoSession   bool // the long-term key itself may be handed out
	NotifyLead       time.Duration
	KeyAgeWarn       int // days; 0 for never
	NotifyFirstUse   bool
	NotifyAgents     bool
	KeepFresh        KeepFresh
	OpenAtLogin      bool
	LockOnScreenLock bool
	LockAfterIdle    time.Duration // that the person is away; 0 for never
	TouchID          bool          // on macOS
	Isolated         bool
	Containers       bool
	Links            bool
	LinkAccounts     string // accounts whose consoles links may open; a list
	Sandboxes        Sandboxes
	AgentPrograms    []string // that are agents, beside those that are known
	AgentsMayChange  bool
	Agents           Agents // what agents get of profiles that do not say
	AgentsPolicy     string // the ARN of what narrows their read-only sessions; empty for AWS's ReadOnlyAccess
	AgentsNamed      AgentsNamed
	SSOShare         bool   // sign-ins are left for AWS's own tools
	SSO              SignIn // of sign-ins that have no settings of their own

	// What the person trusts to be in AWS's place or on the way there, see package
	// trust.
	TrustedEndpoints []string
	TrustedSignIns   []string
	TrustedProxies   []string
	CABundle         string
	TrustedCommands  []string
	Commands         Commands
	ConfigFile       string // instead of ~/.aws/config

	// Profiles are the settings of single profiles, by name: those for which
	// something is set.
	Profiles map[string]Profile

	// SignIns are the settings of single sign-ins, by name: those for which something
	// is set.
	SignIns map[string]SignIn

	// FileDir is where the file keychain lives, when not in the data folder.
	// It comes from the environment only.
	FileDir string
}

// Profile are the settings of one profile, the section [profile NAME] of the
// file.
type Profile struct {
	Pinned    bool
	KeepFresh bool
	Isolated  Choice
	Color     string     // of its own browser window; empty for none
	Protected Protection // from programs
	Agents    Agents     // what agents get

	AgentsPolicy string // that narrows their read-only sessions; empty for that of all
	AgentsNamed  AgentsNamed
}

// Protection is how a program gets credentials of a profile.
type Protection string

// The values of protected.
const (
	Undecided   Protection = "" // nobody has said yet: as Unprotected
	Unprotected Protection = "no"
	Asked       Protection = "yes"   // once the person has allowed it
	Typed       Protection = "typed" // once they have, and have typed the profile's name
)

// Asks says whether the person is asked.
func (p Protection) Asks() bool { return p == Asked || p == Typed }

// rank orders them from the least to the most.
func (p Protection) rank() int {
	switch p {
	case Typed:
		return 2
	case Asked:
		return 1
	default:
		return 0
	}
}

// Protects says whether the profile is protected from anybody.
func (p Profile) Protects() bool { return p.Protected.Asks() || p.ForAgents() != AgentsAllow }

// With is the profile with the protection of another as well.
func (p Profile) With(other Profile) Profile {
	p = p.withAgents(other)
	if other.Protected.rank() > p.Protected.rank() {
		p.Protected = other.Protected
	}
	return p
}

// SignIn are the settings of one sign-in, the section [sign-in NAME] of the file.
type SignIn struct {
	Browser        string // that its pages open in, by name; empty for the person's own
	BrowserProfile string // the name of the browser profile that is kept for it; empty for none
}

// Profile are the settings of the profile of this name.
func (s Settings) Profile(name string) Profile {
	own, ok := s.Profiles[name]
	if !ok {
		return Profile{Isolated: Inherit, Agents: AgentsDefault, AgentsNamed: NamedDefault}
	}
	return own
}

// SignIn are the settings of the sign-in of this name: each its own, else that of all.
func (s Settings) SignIn(name string) SignIn {
	own := s.SignIns[name]
	return SignIn{cmp.Or(own.Browser, s.SSO.Browser), cmp.Or(own.BrowserProfile, s.SSO.BrowserProfile)}
}

// Choice is yes, no, or as the setting for all profiles says.
type Choice string

// Inherit is the choice of who has not chosen.
const Inherit Choice = "default"

// Trust is what the person trusts.
func (s Settings) Trust() trust.Lists {
	return trust.Lists{Endpoints: s.TrustedEndpoints, SignIns: s.TrustedSignIns, Proxies: s.TrustedProxies, Bundle: s.CABundle, Commands: s.TrustedCommands}
}

// Listing is the text of the setting of an item's kind with the item in it.
func (s Settings) Listing(i trust.Item) string {
	setting, _ := Lookup(string(i.Kind))
	if now := setting.Get(s); now != "" && i.Kind != trust.OfBundle {
		return now + " " + i.Value
	}
	return i.Value
}

// Defaults are the settings of somebody who has set nothing.
func Defaults() Settings {
	var s Settings
	for _, setting := range Table() {
		if err := setting.parse(&s, setting.Default); err != nil {
			panic("settings: the default of " + setting.Key + " is not one of its values")
		}
	}
	return s
}

// Load reads the settings file. A file that is not there means the defaults.
// The lines are what a person should know about the file: settings that do not
// exist. It may return: ErrConfig for a value or a file that cannot be read;
// the settings then returned have the default in its place.
func Load(path string) (Settings, []string, error) {
	s := Defaults()
	text, err := atomicfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil, nil
	}
	if err != nil {
		return s, nil, fileFault(path, err)
	}
	file, err := inifile.Parse(text)
	if err != nil {
		return s, nil, fileFault(path, err)
	}
	var notes []string
	var wrong error
	for _, section := range file.Sections {
		lines, err := s.read(path, section)
		notes = append(notes, lines...)
		if wrong == nil {
			wrong = err
		}
	}
	return s, notes, wrong
}

// What begins the name of a section that is about one profile or one sign-in.
const (
	profilePrefix = "profile "
	signInPrefix  = "sign-in "
)

// read takes the settings of one section: Vaultbar's own stand before all section
// headers.
func (s *Settings) read(path string, section inifile.Section) (notes []string, wrong error) {
	if section.Err != nil {
		return nil, vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: %s", path, section.Err.Line, section.Err.Reason)
	}
	if section.Name == "" {
		return take(s, Table(), path, section)
	}
	if name, ok := strings.CutPrefix(section.Name, signInPrefix); ok {
		if s.SignIns == nil {
			s.SignIns = make(map[string]SignIn)
		}
		signIn := s.SignIns[name]
		notes, wrong = take(&signIn, SignInTable(), path, section)
		s.SignIns[name] = signIn
		return notes, wrong
	}
	name, ok := strings.CutPrefix(section.Name, profilePrefix)
	if !ok {
		return []string{fmt.Sprintf("%s:%d: unknown section [%s]", path, section.Line, vaultcore.Printable(section.Name))}, nil
	}
	if s.Profiles == nil {
		s.Profiles = make(map[string]Profile)
	}
	profile := s.Profile(name)
	notes, wrong = take(&profile, ProfileTable(), path, section)
	s.Profiles[name] = profile
	return notes, wrong
}

// take reads the settings of a table from a section.
func take[S any](into *S, table []Setting[S], path string, section inifile.Section) (notes []string, wrong error) {
	for _, key := range section.Keys {
		setting, ok := lookup(table, key.Name)
		if !ok {
			notes = append(notes, fmt.Sprintf("%s:%d: there is no setting %q", path, key.Line, vaultcore.Printable(key.Name)))
			continue
		}
		if err := setting.parse(into, key.Value); err != nil && wrong == nil {
			wrong = vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: %v", path, key.Line, setting.refuse(key.Value)).
				WithHint("remove the line to use the default, %s", setting.shownDefault())
		}
	}
	return notes, wrong
}

// Set writes one of Vaultbar's own settings to the file, which is made when
// missing; every other byte of it stays. It may return: ErrRequest for a setting
// or value that does not exist, ErrConfig for a file that cannot be read or
// written.
func Set(path, key, value string) error {
	return set(path, "", Table(), key, value)
}

// SetProfile is [Set] for a setting of one profile.
func SetProfile(path, profile, key, value string) error {
	return set(path, profilePrefix+profile, ProfileTable(), key, value)
}

// SetSignIn is [Set] for a setting of one sign-in.
func SetSignIn(path, signIn, key, value string) error {
	return set(path, signInPrefix+signIn, SignInTable(), key, value)
}

func set[S any](path, section string, table []Setting[S], key, value string) error {
	setting, err := settable(table, key)
	if err != nil {
		return err
	}
	var scratch S
	if err := setting.parse(&scratch, value); err != nil {
		return badValue(setting, value)
	}
	key, value = setting.Key, setting.Get(scratch)
	err = atomicfile.Update(path, func(old []byte) ([]byte, error) {
		text, err := inifile.Set(old, inifile.Named(section), key, value)
		if errors.Is(err, inifile.ErrNoSection) {
			return inifile.Append(old, inifile.NewSection{Name: section, Pairs: []inifile.Pair{{Name: key, Value: value}}})
		}
		return text, err
	})
	if err != nil {
		return fileFault(path, err)
	}
	return nil
}

// settable finds a setting.
func settable[S any](table []Setting[S], key string) (Setting[S], error) {
	setting, ok := lookup(table, key)
	if !ok {
		return setting, vaultcore.Faultf(vaultcore.ErrRequest, "there is no setting %q", vaultcore.Printable(key)).
			WithHint("settings: %s", strings.Join(keys(table), ", "))
	}
	return setting, nil
}

func badValue[S any](setting Setting[S], value string) error {
	return vaultcore.Faultf(vaultcore.ErrRequest, "%v", setting.refuse(value)).
		WithHint("the default is %s", setting.shownDefault())
}

// fileFault words a failure of the settings file itself.
func fileFault(path string, err error) error {
	var line *inifile.LineError
	if errors.As(err, &line) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s:%d: %s", path, line.Line, line.Reason)
	}
	f := vaultcore.Faultf(vaultcore.ErrConfig, "the settings in %s cannot be used: %v", path, vaultcore.Reason(err)).WithCause(err)
	switch {
	case errors.Is(err, atomicfile.ErrChanged):
		return f.WithHint("another program writes to it; try again")
	case vaultcore.NoSpace(err):
		return f.WithHint("free some space there, then try again; the settings are unchanged")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return f.WithHint("the file and its folder must be yours and writable; the settings are unchanged")
	default:
		return f.WithHint("check what is there; without the file, every setting has its default")
	}
}

// WithEnv returns the settings with what the environment says in their place.
// It may return: ErrConfig for a value that cannot be used.
func (s Settings) WithEnv(getenv func(string) string) (Settings, error) {
	if backend := getenv("VAULTBAR_BACKEND"); backend != "" {
		setting, _ := Lookup("backend")
		if err := setting.parse(&s, backend); err != nil {
			return s, vaultcore.Faultf(vaultcore.ErrConfig, "VAULTBAR_BACKEND: %v", setting.refuse(backend)).
				WithHint("unset it to use the settings")
		}
	}
	if dir := getenv("VAULTBAR_FILE_DIR"); dir != "" {
		if !filepath.IsAbs(dir) {
			return s, vaultcore.Faultf(vaultcore.ErrConfig, "VAULTBAR_FILE_DIR: %q is not an absolute path", vaultcore.Printable(dir)).
				WithHint("the app may run in a different folder than you; use an absolute path")
		}
		s.FileDir = filepath.Clean(dir)
	}
	return s, nil
}
