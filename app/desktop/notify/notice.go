package notify

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Notice is something that the person is told without being interrupted. It may
// be read on a locked screen, so it names profiles and programs, never accounts,
// ARNs or keys. Make one with the functions of this package.
type Notice struct {
	// Key tells notices apart. One is shown once, until [Notifier.Withdraw] says
	// that its cause is over.
	Key     string
	Title   string
	Body    string   // may be empty
	Actions []Action // what can be done about it; the first is what a click on the notice does
	Passing bool     // it is news for a moment, and not kept in the desktop's list
}

// Action is a button of a [Notice].
type Action struct {
	Key   string // what [Notifier.Notify] is told when it is pressed
	Label string
}

// The keys of the actions.
const (
	ActionRenew  = "renew"  // the person wants to give a code now
	ActionLater  = "later"  // they do not
	ActionAnswer = "answer" // they want to see the question
	ActionSignIn = "signin" // they want to sign in now
	ActionRotate = "rotate" // they want to rotate a key
	ActionTray   = "tray"   // they want to know how to get a tray
)

// EndsSoon tells that a session ends that does not renew by itself, and with asks
// that it needs a code to go on. profiles is how many profiles use it.
func EndsSoon(profile string, left time.Duration, profiles int, asks bool) Notice {
	when := "in " + vaultcore.TimeLeft(left)
	if left <= 0 {
		when = "now"
	}
	what := " ends "
	if asks {
		what = " needs a code "
	}
	return Notice{
		Key:     "ends " + profile,
		Title:   redactName(profile) + what + when,
		Body:    users(profiles),
		Actions: []Action{{ActionRenew, "Renew"}, {ActionLater, "Not now"}},
	}
}

// users says how many profiles use what a notice is about.
func users(profiles int) string {
	switch profiles {
	case 0:
		return ""
	case 1:
		return "1 profile uses it."
	default:
		return vaultcore.Counted(profiles, "profile") + " use it."
	}
}

// SignInEnds tells that AWS is about to ask for a new sign-in. When that will be is an
// estimate; none left means that it has come to that. profiles is how many have a
// session of it.
func SignInEnds(name string, left time.Duration, profiles int) Notice {
	when := " needs a sign-in"
	if left > 0 {
		when = " needs a sign-in in about " + vaultcore.TimeLeft(left)
	}
	return Notice{
		Key:     "sign-in " + name,
		Title:   signInName(name) + when,
		Body:    users(profiles),
		Actions: []Action{{ActionSignIn, "Sign in"}, {ActionLater, "Not now"}},
	}
}

// RenewalFailed tells why a session could not be renewed, and since when that is
// so; a zero time is not told.
func RenewalFailed(profile, why string, since time.Time) Notice {
	body := vaultcore.Capital(strings.TrimRight(redactSentence(why), ". "))
	if body != "" && !since.IsZero() {
		body += " since " + since.Format("15:04")
	}
	switch {
	case strings.HasSuffix(body, "…"):
		body += " "
	case body != "":
		body += ". "
	}
	return Notice{
		Key:   "failed " + profile,
		Title: redactName(profile) + " could not be renewed",
		Body:  body + "Vaultbar keeps trying.",
	}
}

// KeyIsOld tells how old a key is. profiles is how many use it beside its own.
func KeyIsOld(name, age string, profiles int) Notice {
	return Notice{
		Key:     "key " + name,
		Title:   "The key of " + redactName(name) + " is " + age + " old",
		Body:    users(profiles),
		Actions: []Action{{ActionRotate, "Rotate…"}, {ActionLater, "Not now"}},
	}
}

// RotationWaits tells that a rotation does not go on by itself.
func RotationWaits(name string) Notice {
	return Notice{
		Key:     "rotation " + name,
		Title:   "The rotation of the key of " + redactName(name) + " is not finished",
		Body:    "Until it is, its user has a second key in IAM.",
		Actions: []Action{{ActionRotate, "Finish…"}, {ActionLater, "Not now"}},
	}
}

// SignedOut tells that the person is signed out, and what AWS or other programs accept
// all the same.
func SignedOut(name string, livesOn []string) Notice {
	n := Notice{Key: "sign-out " + name, Title: "Signed out of " + signInName(name), Passing: true}
	if len(livesOn) > 0 {
		n.Body = vaultcore.Sentence("Still valid: " + redactSentence(strings.Join(livesOn, "; ")))
	}
	return n
}

// signInName is a sign-in's name, which may be an address.
func signInName(name string) string { return redactName(strings.TrimPrefix(name, "https://")) }

// Waits tells that a program waits for an answer that nobody has given yet.
func Waits(program string, kind vaultcore.QuestionKind) Notice {
	what := "the passphrase"
	switch kind {
	case vaultcore.AskMFA:
		what = "a code"
	case vaultcore.AskSignInCode:
		what = "the code of a page"
	case vaultcore.AskApproval:
		what = "your approval"
	}
	return Notice{
		Key:     "waits " + program,
		Title:   programName(program) + " waits for " + what,
		Body:    "Click to answer.",
		Actions: []Action{{ActionAnswer, "Answer"}},
	}
}

// WaitsForSignIn tells that a program waits until the person signs in.
func WaitsForSignIn(program, signIn string) Notice {
	return Notice{
		Key:     "waits " + program,
		Title:   programName(program) + " waits for a sign-in to " + signInName(signIn),
		Body:    "Click to sign in.",
		Actions: []Action{{ActionSignIn, "Sign in"}, {ActionLater, "Not now"}},
	}
}

// Loosened tells that a setting was changed that protects something. gives is a
// sentence that says what is given up.
func Loosened(key, value, gives string) Notice {
	return Notice{
		Key:   "loosened " + key,
		Title: "The setting " + key + " is now " + redactName(value),
		Body:  redactSentence(gives) + " If that was not you, set it back.",
	}
}

// TrailAlarm tells that the audit trail was damaged, or is not written, in one sentence.
func TrailAlarm(what string) Notice {
	return Notice{Key: "trail", Title: "Vaultbar's audit trail", Body: redactSentence(what) + " `vaultbar log --verify` says what is wrong."}
}

// SignedIn tells that a console was opened by something else than a click.
func SignedIn(profile string) Notice {
	return Notice{Key: "signed in " + profile, Title: "Signed in to the console as " + redactName(profile), Passing: true}
}

// FirstUse tells that a program uses profiles that it has not used before; there is at
// least one.
func FirstUse(program string, profiles ...string) Notice {
	return Notice{
		Key:   "first " + program + " " + strings.Join(profiles, " "),
		Title: programName(program) + " uses " + oneOrMany(profiles) + " for the first time", Body: several(profiles),
	}
}

// FirstUses is FirstUse of many programs at once.
func FirstUses(programs, profiles int) Notice {
	return Notice{Key: "first", Title: fmt.Sprintf("%d programs use %s for the first time", programs, vaultcore.Counted(profiles, "profile"))}
}

// AgentGot tells that an AI agent got credentials of profiles, of which there is at least
// one, or with readOnly that it may read there.
func AgentGot(agent string, readOnly bool, profiles ...string) Notice {
	got := " got credentials of "
	if readOnly {
		got = " got read-only access to "
	}
	return Notice{Key: "agent " + agent + got + strings.Join(profiles, " "), Title: programName(agent) + got + oneOrMany(profiles), Body: several(profiles)}
}

func programName(program string) string { return cmp.Or(redactName(program), "A program") }

// oneOrMany names a profile, or counts several.
func oneOrMany(profiles []string) string {
	if len(profiles) == 1 {
		return redactName(profiles[0])
	}
	return vaultcore.Counted(len(profiles), "profile")
}

// several names the first few of several profiles; a single one the title has.
func several(profiles []string) string {
	const few = 3
	if len(profiles) < 2 {
		return ""
	}
	names := make([]string, min(len(profiles), few))
	for i := range names {
		names[i] = redactName(profiles[i])
	}
	text := strings.Join(names, ", ")
	if more := len(profiles) - few; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Copied tells that a profile's credentials are on the clipboard, and for how long.
func Copied(profile string, life time.Duration) Notice {
	return Notice{
		Key:     "copied",
		Title:   "Credentials of " + redactName(profile) + " copied",
		Body:    fmt.Sprintf("The clipboard will be cleared in %d s.", int(life/time.Second)),
		Passing: true,
	}
}

// CopiedID tells that a profile's account id is on the clipboard.
func CopiedID(profile string) Notice {
	return Notice{Key: "copied", Title: "Account id of " + redactName(profile) + " copied"}
}

// CopiedARN tells that the ARN of a profile's role or user is on the clipboard.
func CopiedARN(profile string) Notice {
	return Notice{Key: "copied", Title: "ARN of " + redactName(profile) + " copied"}
}

// ConsoleFailed tells why the console of a profile did not open; with no profile,
// why a link opened none.
func ConsoleFailed(profile, why string) Notice {
	title := "The console of " + redactName(profile) + " could not be opened"
	if profile == "" {
		title = "A link could not open the console"
	}
	body := vaultcore.Capital(strings.TrimRight(redactSentence(why), ". "))
	if body != "" && !strings.HasSuffix(body, "…") {
		body += "."
	}
	return Notice{Key: "console " + profile, Title: title, Body: body}
}

// What must not show, even as part of a name: ARNs, key ids and whatever is as
// long and mixed as a key, account ids with and without dashes.
var redacted = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\barn:\S*`),
	regexp.MustCompile(`(?i)(AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{8,}`),
	regexp.MustCompile(`[A-Za-z0-9/+=]{36,}`),
	regexp.MustCompile(`\pN{4}-\pN{4}-\pN{4}|\pN{12,}`),
}

// redactName makes a name fit for a notice.
func redactName(name string) string { return vaultcore.Printable(redact(name)) }

// maxWhy is how much of a reason is told, in characters.
const maxWhy = 160

// redactSentence makes a reason fit for a notice.
func redactSentence(text string) string { return vaultcore.PrintableLine(redact(text), maxWhy) }

// redact hides what must not show, of the whole of a text: the beginning of a key id is
// none that would be recognized, and what one pattern has hidden must not keep another
// from what is around it. The last four digits of an account id stay: they tell two of a
// kind apart.
func redact(text string) string {
	text = vaultcore.PrintableUpTo(text, len(text))
	var found [][]int
	for _, pattern := range redacted {
		found = append(found, pattern.FindAllStringIndex(text, -1)...)
	}
	slices.SortFunc(found, func(a, b []int) int { return a[0] - b[0] })
	var shown strings.Builder
	from := 0
	for len(found) > 0 {
		begin, end := found[0][0], found[0][1]
		for found = found[1:]; len(found) > 0 && found[0][0] < end; found = found[1:] {
			end = max(end, found[0][1])
		}
		shown.WriteString(text[from:begin] + "…" + lastDigits(text[begin:end]))
		from = end
	}
	return shown.String() + text[from:]
}

// lastDigits are the last four of an account id, nothing of anything else.
func lastDigits(hidden string) string {
	if strings.ContainsFunc(hidden, func(r rune) bool { return !unicode.IsNumber(r) && r != '-' }) {
		return ""
	}
	runes := []rune(hidden)
	return string(runes[len(runes)-4:])
}
