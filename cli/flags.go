package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// parsed is the value of a flag that is read from text and kept somewhere.
type parsed[T any] struct {
	to   *T
	kind string // what the help calls it
	read func(text string) (T, error)
	show func(T) string // empty for what was not given
}

// String returns the value as it can be given.
func (v parsed[T]) String() string { return v.show(*v.to) }

// Type names the value in the help.
func (v parsed[T]) Type() string { return v.kind }

// Set takes a value.
func (v parsed[T]) Set(text string) error {
	value, err := v.read(text)
	if err == nil {
		*v.to = value
	}
	return err
}

func itself(text string) string { return text }

// duration is the value of a flag that is a time: "1h30m", or seconds.
func duration(to *time.Duration) parsed[time.Duration] {
	return parsed[time.Duration]{to, "time", readDuration, func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}}
}

func readDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		seconds, notNumber := strconv.ParseUint(text, 10, 31)
		if notNumber != nil {
			return 0, usagef("must be a duration such as 1h, 90m or 3600 (seconds)")
		}
		d = time.Duration(seconds) * time.Second
	}
	if d < 0 {
		return 0, usagef("must not be negative")
	}
	return d, nil
}

// region is the value of --region: what has the shape of a region's name.
func region(to *string) parsed[string] {
	return parsed[string]{to, "name", func(text string) (string, error) {
		if !aws.ValidRegion(text) {
			return "", usagef("must be a region such as eu-central-1")
		}
		return text, nil
	}, itself}
}

// ownName is what --isolated without a name means, and how the help shows it.
const ownName = "PROFILE"

// isolated is the value of --isolated: the name of a kept browser profile.
func isolated(to *string) parsed[string] {
	return parsed[string]{to, "name", func(text string) (string, error) {
		if text == "" {
			return "", usagef("--isolated alone takes the name of the AWS profile")
		}
		return text, nil
	}, itself}
}

// promptMode is the value of --prompt.
func promptMode(to *vaultcore.PromptMode) parsed[vaultcore.PromptMode] {
	return parsed[vaultcore.PromptMode]{to, "where", readPromptMode, func(m vaultcore.PromptMode) string { return string(m) }}
}

func readPromptMode(text string) (vaultcore.PromptMode, error) {
	switch mode := otherPrompt(text); mode {
	case vaultcore.PromptAuto, vaultcore.PromptTerminal, vaultcore.PromptDialog, vaultcore.PromptNone, vaultcore.PromptYkman:
		return mode, nil
	case "pass":
		return "", usagef("must be one of auto, terminal, dialog, none, ykman: for a code from pass, set mfa_process = pass otp DEVICE in the config file")
	default:
		return "", usagef("must be one of auto, terminal, dialog, none, ykman")
	}
}

// since is the value of --since: how long ago it was, or when.
func since(to *time.Time) parsed[time.Time] {
	return parsed[time.Time]{to, "time", readSince, func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.Format(time.RFC3339)
	}}
}

func readSince(text string) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Now().AddDate(0, 0, -int(n)), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return time.Now().Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usagef("must be a duration such as 2h or 7d, or a time such as 2026-11-29 or \"2026-11-29 14:00\"")
}
