package notify

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// every returns all notices that there are, about these names and for these reasons.
func every(name, program, why string) []Notice {
	all := []Notice{
		RenewalFailed(name, why, time.Now()), KeyIsOld(name, "90 days", 2), RotationWaits(name), SignedOut(name, []string{why}), SignInEnds(name, time.Minute, 2),
		WaitsForSignIn(program, name), Loosened("links", why, why), TrailAlarm(why), SignedIn(name), FirstUse(program, name), Copied(name, time.Second), CopiedID(name), CopiedARN(name),
		ConsoleFailed(name, why), ConsoleFailed("", why), EndsSoon(name, time.Minute, 2, true), EndsSoon(name, 0, 0, false),
	}
	for _, kind := range []vaultcore.QuestionKind{vaultcore.AskMFA, vaultcore.AskPassphrase, vaultcore.AskApproval, vaultcore.AskSignInCode} {
		all = append(all, Waits(program, kind))
	}
	return all
}

// Whatever profiles and programs are called, and wherever in a name or reason it stands, no
// notice has an account id, an ARN, a key id or a secret, nor all but the end of one. Only the last
// digits of an account may show.
func TestHostileNames(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	secrets := []string{
		"arn:aws:iam::346285907124:role/admin", "arn:aws-cn:sts::346285907124:assumed-role/x/y", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "AROADBQP57FF2AEXAMPLE",
		"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "346285907124", "3462-8590-7124",
	}
	shown := regexp.MustCompile(`346285|3462-8590|IOSFODNN|DBQP57FF|wJalrXUtnFEMI|FEMI/K7MDENG|(?i)\barn:`)
	disguises := []func(string) string{
		func(s string) string { return s },
		func(s string) string { return strings.ReplaceAll(s, "", "\u200b") },
		func(s string) string { return "\u202e" + s + "\u202c" },
		func(s string) string { return s[:3] + "\x00" + s[3:] },
		func(s string) string { return s[:5] + "\n" + s[5:] },
		func(s string) string { return "\x1b[31m" + s },
	}
	fill := []string{"a", "prod ", "-", "é", "本", "_.", "x/ ", "(in ~/"}
	hostile := func() string {
		before := strings.Repeat(fill[random.IntN(len(fill))], random.IntN(80))
		return before + " " + disguises[random.IntN(len(disguises))](secrets[random.IntN(len(secrets))]) + fill[random.IntN(len(fill))]
	}
	for range 60 {
		name, program, why := hostile(), hostile(), hostile()+hostile()
		if random.IntN(2) == 0 { // as long as what a name is cut to
			name = strings.Repeat("n", random.IntN(70)) + " " + secrets[random.IntN(len(secrets))]
		}
		for _, n := range every(name, program, why) {
			if text := n.Title + "\n" + n.Body; shown.MatchString(text) || strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x00\x1b\u200b\u202e") {
				t.Fatalf("%q\nof %q, %q, %q", text, name, program, why)
			}
		}
	}
}
