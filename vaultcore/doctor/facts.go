package doctor

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/ssocache"
)

// Facts are all that is looked at.
type Facts struct {
	Now time.Time
	Env func(name string) string // of the program that asks

	Settings Settings
	Config   awsconfig.Config
	Called   []awsconfig.Called // what its lines run
	Plain    []awsconfig.PlainKey
	PlainErr error

	Credentials string          // the credentials file, for messages
	Missing     []string        // which of the two files are not there
	Open        []string        // files with keys that others may read
	NotFound    map[string]bool // programs of Called that are not there
	// SignedOut are the sign-ins to Identity Center, by name, that AWS's tools have none of
	// their own for; SharedSignIns says that Vaultbar leaves its own for them.
	SignedOut     map[string]bool
	SharedSignIns bool
	Self          string // the path of the command that asks; empty for the menu
	InPath        map[string]Program
	App           App
}

// Settings is what there is to say of Vaultbar's own.
type Settings struct {
	Err   error    // why they cannot be used: the app does not start with them
	Notes []string // what they have that is no setting, a sentence each
}

// Program is where PATH has vaultbar, or aws-vault.
type Program struct {
	Path string
	This bool // it is the very command that asks, perhaps by another name
}

// App is what is known of the app.
type App struct {
	Running bool
	Backend string // which keychain it has
	// Snapshot is what it would show; SnapshotErr is why it shows nothing.
	Snapshot    vaultcore.Snapshot
	SnapshotErr error
}

// Home is where to look.
type Home struct {
	Settings string // the path of Vaultbar's own settings
	Seen     vaultcore.Surroundings
}

// files are those of AWS's tools: what the environment says, else the settings.
func (h Home) files(own settings.Settings) (awsconfig.Files, error) {
	config, err := awsconfig.Path(h.Seen.Get)
	if err != nil {
		return awsconfig.Files{}, err
	}
	if own.ConfigFile != "" && h.Seen.Get("AWS_CONFIG_FILE") == "" {
		config = own.ConfigFile
	}
	credentials, err := awsconfig.CredentialsPath(h.Seen.Get)
	return awsconfig.Files{Config: config, Credentials: credentials}, err
}

// Look reads the files, and looks for the programs that they name. What it cannot read
// is a fact as well.
func Look(h Home) Facts {
	f := Facts{Now: time.Now().Round(0), Env: h.Seen.Get, Self: h.Seen.Command, NotFound: map[string]bool{}, InPath: map[string]Program{}}
	var own settings.Settings
	own, f.Settings.Notes, f.Settings.Err = settings.Load(h.Settings)
	files, err := h.files(own)
	if err != nil {
		f.Config.Err = err
		return f
	}
	f.Config, f.Called = awsconfig.Examine(files.Config)
	f.Credentials = awsconfig.Display(files.Credentials)
	f.Plain, f.PlainErr = awsconfig.PlainKeys(files)
	for i := range f.Plain {
		f.Plain[i].Key = vaultcore.Credentials{} // nobody judges by it
	}
	f.SharedSignIns = own.SSOShare
	f.lookAtFiles(files)
	f.lookForSignIns()
	f.lookForPrograms(h.Seen)
	return f
}

func (f *Facts) lookAtFiles(files awsconfig.Files) {
	for _, path := range []string{files.Config, files.Credentials} {
		name := awsconfig.Display(path)
		switch info, err := os.Stat(path); {
		case errors.Is(err, fs.ErrNotExist):
			f.Missing = append(f.Missing, name)
		case err == nil && readable(info) && slices.ContainsFunc(f.Plain, func(k awsconfig.PlainKey) bool { return k.File == name }):
			f.Open = append(f.Open, name)
		}
	}
}

// lookForSignIns finds out which sign-ins AWS's tools have not. One that is there and not
// to be trusted is one: they use it.
func (f *Facts) lookForSignIns() {
	home, err := os.UserHomeDir()
	if err != nil {
		return
	}
	cache := ssocache.Home(home)
	f.SignedOut = map[string]bool{}
	for _, p := range f.Config.Profiles.All() {
		if of := p.Source.SignIn; p.Source.Kind == vaultcore.SSOSource {
			token, err := cache.Read(of)
			f.SignedOut[of.Name()] = err == nil && token.Access.IsZero()
		}
	}
}

// readable says whether others may read a file; Windows does not tell by its mode.
func readable(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

func (f *Facts) lookForPrograms(seen vaultcore.Surroundings) {
	path := cmp.Or(seen.Get("PATH"), os.Getenv("PATH"))
	for _, called := range f.Called {
		f.NotFound[called.Program] = find(called.Program, path) == ""
	}
	for _, name := range []string{"vaultbar", "aws-vault"} {
		if at := find(name, path); at != "" {
			f.InPath[name] = Program{at, sameFile(at, seen.Command)}
		}
	}
}

// find is where a program is, along a PATH; "" for nowhere.
func find(program, path string) string {
	candidates := []string{program}
	if filepath.Base(program) == program {
		candidates = nil
		for _, folder := range filepath.SplitList(path) {
			if filepath.IsAbs(folder) {
				candidates = append(candidates, filepath.Join(folder, program))
			}
		}
	}
	for _, candidate := range candidates {
		if at, err := exec.LookPath(candidate); err == nil {
			return at
		}
	}
	return ""
}

func (f Facts) missing(file string) bool { return slices.Contains(f.Missing, file) }

// sameFile says whether two paths lead to one file.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil || b == "" {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
