package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// check looks at one thing. It returns what is wrong with it; where that is nothing, the
// one line says what was looked at.
type check struct {
	name  string
	wrong func(Facts) []finding
	fine  func(Facts) string // "" says nothing
}

// finding is a line of a check.
type finding struct {
	verdict    vaultcore.Verdict
	text, next string
}

func warn(next, format string, args ...any) finding {
	return finding{vaultcore.CheckWarn, fmt.Sprintf(format, args...), next}
}

func fail(next, format string, args ...any) finding {
	return finding{vaultcore.CheckFail, fmt.Sprintf(format, args...), next}
}

// failed is a finding of an error, which says the next step itself.
func failed(err error) finding {
	return fail(vaultcore.Hint(err), "%s", err)
}

// checks is the table, in the order of the lines.
var checks = []check{
	{"command", command, func(f Facts) string { return f.Self }},
	{"settings", ownSettings, func(Facts) string { return "" }},
	{"keychain", keychain, keychainFine},
	{"config", config, configFine},
	{"profiles", profiles, func(Facts) string { return "" }},
	{"plain keys", plainKeys, func(Facts) string { return "no access key is in plain text in the files of AWS's tools" }},
	{"credential_process", processes, processesFine},
	{"environment", environment, environmentFine},
}

// Examine judges what was found, a line each.
func Examine(f Facts) []vaultcore.Check {
	var all []vaultcore.Check
	for _, c := range checks {
		wrong := c.wrong(f)
		for _, w := range wrong {
			all = append(all, vaultcore.Check{Name: c.name, Verdict: w.verdict, Text: oneLine(w.text), Next: w.next})
		}
		if text := c.fine(f); len(wrong) == 0 && text != "" {
			all = append(all, vaultcore.Check{Name: c.name, Verdict: vaultcore.CheckOK, Text: oneLine(text)})
		}
	}
	return all
}

// oneLine keeps a text of a file or of another program from being more than it is.
func oneLine(text string) string { return vaultcore.PrintableLine(text, 400) }

func shown(name string) string { return vaultcore.Printable(name) }

func command(f Facts) []finding {
	first := f.InPath["vaultbar"]
	switch {
	case f.Self == "" || first.This:
		return nil
	case first.Path == "":
		return []finding{warn("add the folder of "+f.Self+" to PATH", "vaultbar is not in PATH")}
	default:
		return []finding{warn("remove one of the two from PATH", "PATH has another vaultbar: %s, but this is %s", first.Path, f.Self)}
	}
}

func keychain(f Facts) []finding {
	if !f.App.Running {
		return nil
	}
	if backend := f.Env("VAULTBAR_BACKEND"); backend != "" && f.App.Backend != "" && backend != f.App.Backend {
		return []finding{warn("unset VAULTBAR_BACKEND, or `vaultbar stop`: the next command starts an app with its variables",
			"VAULTBAR_BACKEND is %s, but the app uses %s", backend, f.App.Backend)}
	}
	switch err := f.App.SnapshotErr; {
	case f.App.Snapshot.Locked, errors.Is(err, vaultcore.ErrLocked):
		return []finding{warn("`vaultbar unlock`", "Vaultbar is locked: no program gets credentials")}
	case err != nil:
		return []finding{failed(err)}
	}
	return nil
}

func keychainFine(f Facts) string {
	switch keys := f.App.Snapshot.Keys; {
	case !f.App.Running:
		return ""
	case keys == nil:
		return fmt.Sprintf("%s; the next use asks for its passphrase", f.App.Backend)
	case len(keys) == 1:
		return fmt.Sprintf("%s, 1 key", f.App.Backend)
	default:
		return fmt.Sprintf("%s, %d keys", f.App.Backend, len(keys))
	}
}

func config(f Facts) []finding {
	if f.Config.Err != nil {
		return []finding{failed(f.Config.Err)}
	}
	var found []finding
	for _, fault := range f.Config.Faults {
		found = append(found, fail("correct the line; the other profiles keep working", "%s", fault))
	}
	if f.missing(f.Config.File) {
		found = append(found, warn("`vaultbar add NAME` adds the first profile", "there is no %s", f.Config.File))
		if f.Env("AWS_CONFIG_FILE") != "" {
			found[len(found)-1] = fail("correct AWS_CONFIG_FILE, or unset it", "AWS_CONFIG_FILE names %s, which does not exist", f.Config.File)
		}
	}
	if f.PlainErr != nil && f.PlainErr.Error() != fmt.Sprint(f.Config.Err) {
		found = append(found, failed(f.PlainErr))
	}
	return found
}

func ownSettings(f Facts) []finding {
	if f.Settings.Err != nil {
		return []finding{failed(f.Settings.Err)}
	}
	var found []finding
	for _, note := range f.Settings.Notes {
		found = append(found, warn("`vaultbar settings` lists the settings", "%s", note))
	}
	return found
}

func configFine(f Facts) string {
	if n := len(f.Config.Profiles.All()); n != 1 {
		return fmt.Sprintf("%s, %d profiles", f.Config.File, n)
	}
	return f.Config.File + ", 1 profile"
}

func plainKeys(f Facts) []finding {
	var found []finding
	for _, file := range f.Open {
		found = append(found, warn("chmod 600 "+file, "%s has keys, but other users of this computer can read it", file))
	}
	for _, key := range f.Plain {
		if key.Why != nil {
			next := cmp.Or(vaultcore.Hint(key.Why), "remove its lines, or put a long-term key there and import that")
			found = append(found, warn(next, "%s:%d: the key of %s: %s", key.File, key.Line, shown(key.Profile), key.Why))
			continue
		}
		found = append(found, warn(fmt.Sprintf("`vaultbar import %s`", vaultcore.Argument(key.Profile)),
			"%s:%d: the key of %s is in plain text, and AWS's tools use it instead of asking Vaultbar", key.File, key.Line, shown(key.Profile)))
	}
	return found
}

func processes(f Facts) []finding {
	var found []finding
	for _, c := range f.Called {
		profile := shown(c.Profile)
		setup := fmt.Sprintf("`vaultbar setup %s` rewrites the line", vaultcore.Argument(c.Profile))
		theirs := c.Ours && strings.HasSuffix(strings.TrimSuffix(strings.ToLower(c.Program), ".exe"), "aws-vault")
		switch {
		case f.NotFound[c.Program] && c.Ours:
			found = append(found, fail(setup, "%s:%d: %s runs %s, which does not exist", c.File, c.Line, profile, c.Program))
		case c.Program != "" && f.NotFound[c.Program]:
			found = append(found, fail("install the program, or correct the line", "%s:%d: %s runs %s, which does not exist", c.File, c.Line, profile, c.Program))
		case theirs && !f.InPath["aws-vault"].This:
			found = append(found, warn(setup, "%s:%d: %s runs aws-vault, which does not use Vaultbar's keys and sessions", c.File, c.Line, profile))
		}
	}
	return found
}

func processesFine(f Facts) string {
	if len(f.Called) == 0 {
		return ""
	}
	return "every program named there exists"
}
