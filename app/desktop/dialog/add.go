package dialog

import (
	"context"
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Entered is what a person typed to have a key kept.
type Entered struct {
	Profile string
	Key     vaultcore.Credentials
	Move    bool // no key was typed: the one in plain text is to be moved
}

// Blank is what the questions for a key start with.
type Blank struct {
	Profile string                    // fills in the name
	Notice  string                    // what was wrong the last time; may be empty
	Taken   func(profile string) bool // whether a profile has a key already, which the new one would replace

	// Plain says where the key of a profile stands in plain text; "" for nowhere.
	Plain func(profile string) string
}

// AddCredentials asks for a profile's name, the id of its access key and its
// secret; and before those of a profile that has a key, whether it is to be
// replaced, or moved where it stands in plain text. The id is typed each time: what is filled in is on a command line,
// which every user of the machine can read. It judges the shape only: whether the
// key works is for AWS to say. It may return: ErrCanceled, ErrNobodyToAsk, or the
// error of ctx.
func (d *Dialogs) AddCredentials(ctx context.Context, blank Blank) (Entered, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return Entered{}, err
	}
	defer leave()
	head := title(addTitle)
	profile, err := d.newProfile(ctx, head, blank)
	if err != nil {
		return Entered{}, err
	}
	name := vaultcore.Printable(profile)
	if move, err := d.moves(ctx, profile, blank); err != nil || move {
		return Entered{Profile: profile, Move: move}, err
	}
	id, err := d.until(ctx, entry{title: head,
		lines: []string{"Step 2 of 3. Access key id of " + name + " (AKIA…):"}}, vaultcore.CheckKeyID)
	if err != nil {
		return Entered{}, err
	}
	secret, err := d.until(ctx, entry{title: head, hidden: true,
		lines: []string{"Step 3 of 3. Secret access key of " + name + ":"}}, vaultcore.CheckSecretKey)
	if err != nil {
		return Entered{}, err
	}
	return Entered{Profile: profile, Key: vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(secret)}}, nil
}

// moves asks whether the key of a profile that stands in plain text is the one that is
// meant.
func (d *Dialogs) moves(ctx context.Context, profile string, blank Blank) (bool, error) {
	if blank.Plain == nil || blank.Plain(profile) == "" {
		return false, nil
	}
	at, err := d.offer(ctx, Message{
		Title: addTitle, Text: "A key of " + vaultcore.Printable(profile) + " is in plain text in " + blank.Plain(profile) + ". Move that into the keychain, rather than type one?",
	}, "Cancel", "Type one", "Move it")
	if err == nil && at == 0 {
		err = vaultcore.ErrCanceled
	}
	return at == 2, err
}

const addTitle = "Add credentials"

// newProfile asks for the name of the profile that the key is for.
func (d *Dialogs) newProfile(ctx context.Context, head string, blank Blank) (string, error) {
	notice := vaultcore.PrintableLine(blank.Notice, maxSentence)
	for {
		profile, err := d.until(ctx, entry{title: head, text: blank.Profile,
			lines: []string{notice, "Step 1 of 3. Name of the profile:"}}, vaultcore.CheckProfileName)
		if err != nil || blank.Taken == nil || !blank.Taken(profile) {
			return profile, err
		}
		replace, err := d.confirm(ctx, Message{
			Title: addTitle, Text: vaultcore.Printable(profile) + " has an access key already. Replace it? Vaultbar keeps no copy of the old one.",
			Yes: "Replace", Risky: true,
		})
		if err != nil || replace {
			return profile, err
		}
		blank.Profile, notice = "", ""
	}
}

// until asks until nothing is wrong with the answer. A wrong answer is not filled
// in again: it may be a secret in the wrong place, and what is filled in is on a
// command line.
func (d *Dialogs) until(ctx context.Context, e entry, check func(string) error) (string, error) {
	what := e.lines
	for {
		text, err := d.typed(ctx, e, longest)
		if err != nil {
			return "", err
		}
		text = strings.TrimSpace(text)
		wrong := check(text)
		if wrong == nil {
			return text, nil
		}
		e.lines, e.text = []string{vaultcore.Sentence(wrong.Error()), what[len(what)-1]}, ""
	}
}

// ChooseDevice says whose key it is, and asks which MFA device the profile is to
// use. It asks nothing of a user without one. It returns the empty serial for
// none. It may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) ChooseDevice(ctx context.Context, profile string, identity vaultcore.Identity) (string, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	name, whose := vaultcore.Printable(profile), owner(identity)
	head := addTitle
	switch devices := identity.MFADevices; len(devices) {
	case 0:
		return "", nil
	case 1:
		text := fmt.Sprintf("%s MFA device found: %s. Use it for %s?", whose, ShortDevice(devices[0]), name)
		yes, err := d.confirm(ctx, Message{Title: head, Text: text, Yes: "Use it", No: "Not now"})
		if !yes {
			return "", err
		}
		return devices[0], nil
	default:
		return d.pickDevice(ctx, head, whose+" Choose the MFA device for "+name+":", devices)
	}
}

// pickDevice lets the person choose among several.
func (d *Dialogs) pickDevice(ctx context.Context, head, text string, devices []string) (string, error) {
	at, err := d.chooseRow(ctx, Table{Title: head, Text: text, No: "Not now", Rows: column(devices)})
	if err != nil || at < 0 {
		return "", err
	}
	return devices[at], nil
}

// What a person does after a key was added.
type AddedNext int

// The ways on.
const (
	AddedDone  AddedNext = iota // nothing more
	AddedStart                  // start a session
	AddedSetup                  // let aws and the SDKs use the profile
)

// Added says that a key is kept, whose it is, and what still is to be known or
// done, each a sentence; and asks what comes next. It offers to set up aws where
// that is left to do. It may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Added(ctx context.Context, profile string, identity vaultcore.Identity, serial string, notes []string, setup bool) (AddedNext, error) {
	name, device := vaultcore.Printable(profile), "It asks for no MFA code."
	if serial != "" {
		device = "It asks for codes of " + vaultcore.Printable(serial) + "."
	}
	m := Message{
		Title: "Added " + name,
		Text:  lines("The key of "+name+" is in the keychain.", owner(identity), device),
		Hint:  strings.Join(notes, "\n"),
	}
	if !setup {
		at, err := d.Offer(ctx, m, "Done", "Start session")
		return AddedNext(at), err
	}
	at, err := d.Offer(ctx, m, "Done", "Start session", "Set up aws")
	return AddedNext(at), err
}

// ConfirmChange shows what is to be written into a file, and asks for a yes. It
// may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) ConfirmChange(ctx context.Context, head, text, change string) (bool, error) {
	return d.Confirm(ctx, Message{Title: head, Text: text, Preview: change, Yes: "Write", No: "Cancel"})
}

// owner names whose key it is, as a sentence.
func owner(identity vaultcore.Identity) string {
	whose := "Key of " + Whose(identity)
	if identity.User == "root" {
		return whose + ": it may do everything. Better make an IAM user for daily work."
	}
	return whose + "."
}

// Whose names whose key it is, as part of a line.
func Whose(identity vaultcore.Identity) string {
	switch identity.User {
	case "":
		return vaultcore.Printable(identity.ARN)
	case "root":
		return "the root of account " + vaultcore.Printable(identity.Account)
	default:
		return "user " + vaultcore.Printable(identity.User) + " in " + vaultcore.Printable(identity.Account)
	}
}

// ShortDevice is a device's name without the part that every device of the
// account has.
func ShortDevice(serial string) string {
	if i := strings.LastIndexByte(serial, '/'); i >= 0 {
		return "…" + vaultcore.Printable(serial[i:])
	}
	return vaultcore.Printable(serial)
}
