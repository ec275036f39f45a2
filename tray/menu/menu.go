package menu

import "time"

// Menu is the whole menu and the icon that it hangs from, at one moment.
type Menu struct {
	Icon    Icon
	Title   string // the name of the program, for trays that show one
	Tooltip string // one line, without account ids or ARNs: it may be seen on a lock screen
	Items   []Item
	// Next is when passing time alone changes what is shown. Zero when nothing
	// counts down.
	Next time.Time
}

// Icon is what the icon shows.
type Icon string

// The states of the icon; a later one here gives way to an earlier one.
const (
	IconAsking Icon = "asking" // a question waits for an answer
	IconLocked Icon = "locked" // the vault is locked
	IconEnding Icon = "ending" // a session ends soon and needs the person, or programs wait for a sign-in
	IconActive Icon = "active" // a session lives
	IconIdle   Icon = "idle"   // nothing of the above
)

// Item is one row.
type Item struct {
	// Key names the row's place: "profile.3.pin". It is the same in every menu
	// that Build makes with the same options.
	Key       string
	Separator bool // a line between rows; nothing else is set
	Checkbox  bool // it can be Checked
	Title     string
	Enabled   bool // it does something when clicked; false is a grey line
	Checked   bool
	Hidden    bool
	Beside    Beside
	Action    Action
	Children  []Item // a submenu; they have none
}

// Beside is the picture beside a row.
type Beside string

// The pictures.
const (
	Nothing Beside = ""
	Blank   Beside = "blank" // room for a picture, so that the row is in line with those that have one
	Red     Beside = "red"   // a red disc: the title says in words why
)

// Action is what a click does. Two equal actions have one effect.
type Action struct {
	Kind    Kind
	Profile string // as the config file has it
	SignIn  string // of SignIn, SignInAgain and SignOut: its name
	Setting string // of Set
	Value   string // of Set, Copy, CopyID and Console; of Revoke the id of one grant, or empty
}

// Kind is a kind of [Action].
type Kind string

// The kinds of action.
const (
	None        Kind = ""              // a grey line, or the opening of a submenu
	Answer      Kind = "answer"        // bring the question that waits to the front
	Unlock      Kind = "unlock"        // unlock the vault
	Lock        Kind = "lock"          // lock it
	Choose      Kind = "choose"        // bring the profile to the top level and start its session
	Start       Kind = "start"         // start the profile's session
	Renew       Kind = "renew"         // replace its session by a new one
	End         Kind = "end"           // end its sessions
	Console     Kind = "console"       // open its console; Value is one of the Console values
	Terminal    Kind = "terminal"      // open a terminal in the profile
	Copy        Kind = "copy"          // copy its credentials; Value is one of the Copy values
	CopyID      Kind = "copy-id"       // copy Value, an account id or an ARN
	SignIn      Kind = "sign-in"       // sign in to SignIn
	SignInAgain Kind = "sign-in-again" // end that sign-in at AWS, so that a new one lasts its whole time, and sign in
	SignOut     Kind = "sign-out"      // sign out of SignIn
	Revoke      Kind = "revoke"        // end what programs were allowed of the profile
	Explain     Kind = "explain"       // say how the profile gets its credentials, or why it gets none
	Faults      Kind = "faults"        // say what is wrong with the config file
	Rotate      Kind = "rotate"        // replace its long-term key by a new one, or go on with that, after a question
	Remove      Kind = "remove"        // remove its long-term key, after a question
	Set         Kind = "set"           // set Setting to Value, of Profile where there is one
	Find        Kind = "find"          // find a profile in a list
	Add         Kind = "add"           // add credentials, for Profile where there is one
	AddRole     Kind = "add-role"      // add a profile for a role that starts from Profile
	Region      Kind = "region"        // set the region of Profile in the config file
	Color       Kind = "color"         // choose the colour of its own browser window
	Protect     Kind = "protect"       // propose to protect the profiles whose names look like production
	Import      Kind = "import"        // move keys in plain text into the keychain, that of Profile or all
	StopServing Kind = "stop-serving"  // serve Profile no more, or none
	Activity    Kind = "activity"      // show recent activity
	About       Kind = "about"         // say what this program is
	OpenLog     Kind = "log"           // open the log file
	Quit        Kind = "quit"          // end the app
)

// The values of a [Copy] action.
const (
	CopyEnv    = "env"    // NAME=value lines
	CopyExport = "export" // lines for a POSIX shell
)

// The values of a [Console] action.
const (
	ConsoleHere     = "here"      // as the settings say
	ConsoleWindow   = "window"    // in a browser window of its own
	ConsoleAt       = "at"        // at a place that is asked for
	ConsoleAtWindow = "at-window" // at a place that is asked for, in a window of its own
)

// Find returns the row with this key, or nil.
func (m Menu) Find(key string) *Item { return find(m.Items, key) }

func find(items []Item, key string) *Item {
	for i := range items {
		if items[i].Key == key {
			return &items[i]
		}
		if child := find(items[i].Children, key); child != nil {
			return child
		}
	}
	return nil
}
