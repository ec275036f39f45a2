package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// described is what `git describe` says between two releases: v1.2.3-4-gabcdef0.
var described = regexp.MustCompile(`^(\d+(?:\.\d+)*)-(\d+)-g([0-9a-f]+)$`)

// packageVersion is a version in the form that dpkg, rpm, apk and pacman all take and
// order alike: digits first, and no hyphen. A pre-release comes before the release, as ~
// says to dpkg and rpm, and commits after it; a tree without a tag comes before all.
func packageVersion(version string) string {
	number, dirty := strings.CutSuffix(strings.TrimPrefix(version, "v"), "-dirty")
	if m := described.FindStringSubmatch(number); m != nil {
		number = m[1] + "+" + m[2] + ".g" + m[3]
	} else if core, rest, ok := strings.Cut(number, "-"); ok {
		number = core + "~" + strings.ReplaceAll(rest, "-", ".")
	}
	if !strings.Contains(number, ".") { // a commit
		number = "0.0.0~g" + number
	}
	if dirty {
		number += "+dirty"
	}
	return number
}

// numbersOnly is a version for systems that know numbers only, as Windows and macOS.
func numbersOnly(number string) string {
	end := strings.IndexFunc(number, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		return number
	}
	return number[:end]
}

// sourceDate is SOURCE_DATE_EPOCH, else when the commit was made.
func sourceDate(root string) (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		var err error
		if text, err = output(root, "git", "log", "-1", "--format=%ct"); err != nil {
			return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is not set, and %w", err)
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, which is no number of seconds", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
