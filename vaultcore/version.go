package vaultcore

import (
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// version is set by the linker: -X github.com/vaultbar/vaultbar/vaultcore.version=v1.2.3.
var version string

// Version is the version of this build: what the linker was told, else what Go
// noted in the program, which go install and a build in a work tree know. Both
// programs have it from here.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return strings.Trim(info.Main.Version, "()") // a tree without a version is "(devel)"
	}
	return "unknown"
}

// OlderVersion says whether one version is known to be older than another: by its
// numbers, else by the commits since, as in v1.2.3-14-g06a91dc, or by what is in
// front of a release, as in v1.2.3-rc.1 and in a pseudo-version. Two that cannot be
// compared are not.
func OlderVersion(a, b string) bool {
	x, okX := parseVersion(a)
	y, okY := parseVersion(b)
	return okX && okY && slices.Compare(x, y) < 0
}

// parseVersion is a version as numbers that are compared from left to right.
func parseVersion(text string) (numbers []uint64, ok bool) {
	text, ok = strings.CutPrefix(strings.TrimSuffix(text, "-dirty"), "v")
	text, _, _ = strings.Cut(text, "+")
	core, rest, _ := strings.Cut(text, "-")
	for part := range strings.SplitSeq(core, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		ok = ok && err == nil
		numbers = append(numbers, n)
	}
	if !ok || len(numbers) != 3 {
		return nil, false
	}
	const released = 1
	if rest == "" {
		return append(numbers, released, 0), true
	}
	if count, commit, _ := strings.Cut(rest, "-"); strings.HasPrefix(commit, "g") { // of git describe
		n, err := strconv.ParseUint(count, 10, 64)
		return append(numbers, released, n), err == nil
	}
	numbers = append(numbers, 0)
	for _, part := range strings.FieldsFunc(rest, func(r rune) bool { return r == '-' || r == '.' }) {
		if n, err := strconv.ParseUint(part, 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers, true
}
