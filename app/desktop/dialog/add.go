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
	Region  string // of the profile; empty when none was typed
	Key     vaultcore.Credentials
	Move    bool // the key that was typed is not to be kept: the one in plain text is to be moved
}

// Blank is what the form for a key starts with.
type Blank struct {
	Profile string                    // the profile that the key is for; empty when its name is to be typed
	Notice  string                    // what was wrong the last time; may be empty
	Taken   func(profile string) bool // whether a profile has a key already, which the new one would replace; nil when that was agreed to

	// Plain says where the key of a profile stands in plain text; "" for nowhere. Nil
	// when the person has been asked about it.
	Plain func(profile string) string
	// Region says what is wrong with the name of a region; nil when none is asked for.
	Region func(text string) error
}

const addTitle = "Add credentials"

// AddCredentials asks for a profile's name, the id of its access key and its secret, in
// one form; and of a profile that has a key, whether it is to be replaced, or moved
// where it stands in plain text. It judges the shape only: whether the key works is for
// AWS to say. It may return: ErrCanceled, ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) AddCredentials(ctx context.Context, blank Blank) (Entered, error) {
	leave, err := d.screen.ask(ctx)
	if err != nil {
		return Entered{}, err
	}
	defer leave()
	entered, err := d.keyForm(ctx, blank)
	if err != nil {
		return Entered{}, err
	}
	for {
		becomes, err := d.meant(ctx, entered.Profile, blank)
		if err != nil || becomes != renamed {
			entered.Move = becomes == moved
			return entered, err
		}
		again := form{title: title(addTitle), lines: []string{"The key that you typed is stored for the profile that you name."}, ok: "Add", fields: []field{nameField}}
		name, err := d.fill(ctx, again)
		if err != nil {
			return Entered{}, err
		}
		entered.Profile = name[0]
	}
}

// The fields of the form for a key.
var (
	nameField   = field{label: "Name of the profile", check: vaultcore.CheckProfileName}
	idField     = field{label: "Access key id (AKIA…)", check: vaultcore.CheckKeyID}
	secretField = field{label: "Secret access key", hidden: true, check: checkSecret}
)

// checkSecret says what is wrong with a secret, which may be the id in the wrong line.
func checkSecret(text string) error {
	if strings.HasPrefix(text, "AKIA") && vaultcore.CheckKeyID(text) == nil {
		return vaultcore.Faultf(vaultcore.ErrKey, "that is the access key id again; the secret is the longer one")
	}
	return vaultcore.CheckSecretKey(text)
}

// keyForm shows the form for a key.
func (d *Dialogs) keyForm(ctx context.Context, blank Blank) (Entered, error) {
	e := Entered{Profile: blank.Profile}
	f := form{title: title(addTitle), lines: []string{vaultcore.PrintableLine(blank.Notice, maxSentence)}, ok: "Add"}
	var id, secret string
	var into []*string
	ask := func(one field, to *string) {
		f.fields, into = append(f.fields, one), append(into, to)
	}
	if e.Profile == "" {
		f.lines = append(f.lines, "The key is checked with AWS, then stored in the keychain.")
		ask(nameField, &e.Profile)
	} else {
		f.lines = append(f.lines, "Access key of "+vaultcore.Printable(e.Profile)+":")
	}
	ask(idField, &id)
	ask(secretField, &secret)
	if blank.Region != nil {
		ask(field{label: "Region (may be empty)", check: optional(blank.Region)}, &e.Region)
	}
	typed, err := d.fill(ctx, f)
	if err != nil {
		return Entered{}, err
	}
	for i, text := range typed {
		*into[i] = text
	}
	e.Key = vaultcore.Credentials{AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(secret)}
	return e, nil
}

// optional lets an empty text pass a check.
func optional(check func(string) error) func(string) error {
	return func(text string) error {
		if text == "" {
			return nil
		}
		return check(text)
	}
}

// meaning is what a person means by the name of a profile.
type meaning int

// The meanings.
const (
	kept    meaning = iota // the key that is typed is kept under this name
	renamed                // another name was meant
	moved                  // the key that stands in plain text is to be moved
)

// meant asks about what is there of a profile already: a key in the keychain, of which
// no copy would be left, or one in plain text.
func (d *Dialogs) meant(ctx context.Context, profile string, blank Blank) (meaning, error) {
	name := vaultcore.Printable(profile)
	if blank.Taken != nil && blank.Taken(profile) {
		replace, err := d.confirm(ctx, Message{
			Title: addTitle, Text: name + " already has an access key. Replace it? Vaultbar keeps no copy of the old one.",
			Yes: "Replace", Risky: true,
		})
		if err != nil || !replace {
			return renamed, err
		}
	}
	if blank.Plain == nil || blank.Plain(profile) == "" {
		return kept, nil
	}
	at, err := d.offer(ctx, Message{
		Title: addTitle, Text: "A key of " + name + " is in plain text in " + blank.Plain(profile) + ", and AWS's tools use that first. Move that one into the keychain instead?",
	}, "Cancel", "Keep the typed one", "Move it")
	if err == nil && at == 0 {
		err = vaultcore.ErrCanceled
	}
	if at == 2 {
		return moved, err
	}
	return kept, err
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
	switch {
	case isNo(err):
		return "", nil
	case err != nil:
		return "", err
	default:
		return devices[at], nil
	}
}

// What a person does after a key was added.
type AddedNext int

// The ways on.
const (
	AddedDone  AddedNext = iota // nothing more
	AddedStart                  // start a session
	AddedSetup                  // let aws and the SDKs use the profile
)

// Next says what was done for a profile, and asks what comes next. It offers to set up
// aws where that is left to do. It may return: ErrNobodyToAsk, or the error of ctx.
func (d *Dialogs) Next(ctx context.Context, m Message, setup bool) (AddedNext, error) {
	labels := []string{"Done", "Start session"}
	if setup {
		labels = append(labels, "Set up aws")
	}
	at, err := d.Offer(ctx, m, labels...)
	return AddedNext(at), err
}

// Added says that a key is kept, whose it is, and what still is to be known or done,
// each a sentence: for [Dialogs.Next].
func Added(profile string, identity vaultcore.Identity, serial string, notes []string) Message {
	name, device := vaultcore.Printable(profile), "It uses no MFA device."
	if serial != "" {
		device = "Its MFA device is " + vaultcore.Printable(serial) + "."
	}
	return Message{
		Title: "Added " + name,
		Text:  lines("The key of "+name+" is in the keychain.", owner(identity), device),
		Hint:  strings.Join(notes, "\n"),
	}
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
		return whose + ": it can do everything. Use an IAM user for daily work instead."
	}
	return whose + "."
}

// Whose names whose key it is, as part of a line.
func Whose(identity vaultcore.Identity) string {
	switch identity.User {
	case "":
		return vaultcore.Printable(identity.ARN)
	case "root":
		return "the root user of account " + vaultcore.Printable(identity.Account)
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
