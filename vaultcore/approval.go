package vaultcore

import (
	"fmt"
	"slices"
	"strings"
)

// Choice is one answer that an approval may get.
type Choice struct {
	ID    string `json:"id"`    // what [Question] is answered with, such as "always"
	Label string `json:"label"` // what the person reads, such as "Always"; no label is the beginning of another
}

// Approval is a question that a person answers with one of several choices:
// whether something may be done that a program must not decide. The subject is
// one sentence that says what is to be allowed, ending in its mark ("Send the
// requests for dev to http://127.0.0.1:4566?"); it names no program, for who
// asks is said beside it. Approvals of one subject are one question: it is not
// open twice, and after a "no" it pauses, whoever asks. The first choice is the
// refusal, and what Return, Escape, Ctrl-C, closing and the clock choose.
//
// It is put by [prompt.Prompter.Ask], which returns the id of a choice, never that of
// the refusal: a refusal is ErrCanceled. It goes to the terminal of a caller only
// when the system says that a person sits there ([Caller.Person]), else to the
// desktop, else nowhere: ErrNobodyToAsk, to which the asker adds as a hint what
// the person can do instead. A caller that answers by itself is never asked.
func Approval(subject string, choices ...Choice) Question {
	return Question{Kind: AskApproval, Subject: subject, Choices: choices}
}

// SignInApproval is an approval that is about a sign-in: whether to sign in, or what
// to do at the page. All of one sign-in are one question.
func SignInApproval(name, subject string, choices ...Choice) Question {
	q := Approval(subject, choices...)
	q.SignIn = name
	return q
}

// Wanted is what a program wants to have of a profile. [Question.Who] then says all of
// it: "terraform (in ~/infra, started by claude) wants prod-admin, which is protected."
type Wanted struct {
	What      string `json:"what"`                // such as "prod-admin", or "the long-term key of prod-admin"
	Protected bool   `json:"protected,omitempty"` // the profile is: screens that have colors say so in red as well
	Way       string `json:"way,omitempty"`       // the programs that lead to it: "claude → zsh → terraform"; empty where no more than one is known
	Account   string `json:"account,omitempty"`   // that it leads to, as [AccountLabel] has it; empty where it is not known
	Confirm   string `json:"confirm,omitempty"`   // what has to be typed to allow it, such as the profile's name; empty for nothing
}

// wants says who wants what.
func (q Question) wants() string {
	who, verb := q.Waiting[0].String(), "wants"
	if more := len(q.Waiting) - 1; more > 0 {
		who, verb = andMore(who, more), "want"
	}
	return fmt.Sprintf("%s %s %s.", who, verb, q.Wants.Phrase())
}

// Phrase is what is wanted, and that it is protected: "prod-admin, which is protected".
func (w Wanted) Phrase() string {
	if w.Protected {
		return Printable(w.What) + ", which is protected"
	}
	return Printable(w.What)
}

// Way is the programs that lead to the one that wants something, and where that is:
// "claude → zsh → terraform in ~/infra". It is empty where [Question.Who] says as much.
func (q Question) Way() string {
	if q.Wants == nil || q.Wants.Way == "" || len(q.Waiting) == 0 {
		return ""
	}
	way := PrintableLine(q.Wants.Way, maxSubject)
	if dir := q.Waiting[0].Named().Dir; dir != "" {
		way += " in " + Printable(dir)
	}
	return way
}

// Account is the account that what is wanted leads to, as a line: "Account 222222222222
// (acme-prod)". It is empty where that is not known.
func (q Question) Account() string {
	if q.Wants == nil || q.Wants.Account == "" {
		return ""
	}
	return "Account " + PrintableLine(q.Wants.Account, maxSubject)
}

// confirmTries is how often what was typed may be wrong before that is a refusal.
const confirmTries = 3

// Confirm has a person type what allows a choice of theirs, where something has to be
// typed. Read reads a line after a text, which has no colon, and after what was wrong with
// the line before: that may be a slip. It may return: ErrCanceled, and what read returns.
func (q Question) Confirm(choice Choice, read func(wrong, text string) (string, error)) error {
	if q.Wants == nil || q.Wants.Confirm == "" {
		return nil
	}
	wanted, wrong := Printable(q.Wants.Confirm), ""
	for range confirmTries {
		typed, err := read(wrong, "To allow it "+strings.ToLower(Printable(choice.Label))+", type "+wanted)
		typed = strings.TrimSpace(typed)
		switch {
		case err != nil:
			return err
		case typed == q.Wants.Confirm, typed == wanted: // some characters can only be copied as they are shown
			return nil
		case typed == "":
			return ErrCanceled
		}
		wrong = "That is not " + wanted + "."
	}
	return ErrCanceled
}

// Chosen returns the choice that a person means who typed this: its word, its id,
// or as much of the word as tells it from the others. Nothing at all is the
// refusal.
func (q Question) Chosen(typed string) (Choice, bool) {
	typed = strings.ToLower(strings.Join(strings.Fields(typed), " "))
	if typed == "" && len(q.Choices) > 0 {
		return q.Choices[0], true
	}
	var meant []Choice
	for _, c := range q.Choices {
		label := strings.ToLower(c.Label)
		if typed == label || typed == c.ID {
			return c, true
		}
		if strings.HasPrefix(label, typed) {
			meant = append(meant, c)
		}
	}
	if len(meant) != 1 {
		return Choice{}, false
	}
	return meant[0], true
}

// Allows says whether an answer allows something: it is the id of a choice that
// is not the refusal.
func (q Question) Allows(answer string) bool {
	return len(q.Choices) > 1 && answer != q.Choices[0].ID &&
		slices.ContainsFunc(q.Choices[1:], func(c Choice) bool { return c.ID == answer })
}

// keys shows what to type for each choice: "[n]o, [o]nce, [a]lways".
func (q Question) keys() string {
	var shown []string
	for _, c := range q.Choices {
		label := Printable(strings.ToLower(c.Label))
		runes := []rune(label)
		n := 1
		for n < len(runes) {
			if meant, ok := q.Chosen(string(runes[:n])); ok && meant.ID == c.ID {
				break
			}
			n++
		}
		n = min(n, len(runes))
		shown = append(shown, "["+string(runes[:n])+"]"+string(runes[n:]))
	}
	return strings.Join(shown, ", ")
}

// maxSubject is how many characters the subject of an approval has at most.
const maxSubject = 600

// SafeSubject is the subject of an approval, safe to show.
func (q Question) SafeSubject() string { return PrintableUpTo(q.Subject, maxSubject) }
