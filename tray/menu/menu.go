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
	Enabled   bool // it does something when clicked; false is a gray line
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

// None is the kind of a gray line, or of a row that opens a submenu. Every other kind
// is declared in the file of the rows that have it.
const None Kind = ""

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
