package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// listed names the packages that are run, and the tests that Wine alone fails.
//
//go:embed tests.txt
var listed string

// parse reads lines of a package, and lines of a package, a test's name and the reason
// why it fails. Empty lines and those after "#" are for people.
func parse(text string) (packages []string, known map[string]string, err error) {
	known = make(map[string]string)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, failing := strings.Cut(line, ": ")
		switch words := len(strings.Fields(name)); {
		case words == 1 && !failing && !slices.Contains(packages, name):
			packages = append(packages, name)
		case words == 2 && reason != "" && known[name] == "":
			known[name] = reason
		default:
			return nil, nil, fmt.Errorf("tests.txt: %q is no package and no test with a reason, or it is there twice", line)
		}
	}
	return packages, known, nil
}

// verdict is what results mean.
type verdict struct {
	failed []string // that ought not to
	stale  []string // that are named, and passed or are no more
	passed int
	known  int
}

// judge compares what became of the tests with what is known of Wine. A test or a
// package that fails by a test within it is judged by that one.
func judge(all results, known map[string]string) verdict {
	var v verdict
	for _, name := range slices.Sorted(maps.Keys(all)) {
		_, named := known[name]
		switch end := all[name].end; {
		case end == "pass" && named:
			v.stale = append(v.stale, name)
		case end == "pass" && strings.Contains(name, " "):
			v.passed++
		case end == "pass" || end == "skip":
		case named:
			v.known++
		case !within(all, name):
			v.failed = append(v.failed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if all[name] == nil {
			v.stale = append(v.stale, name)
		}
	}
	return v
}

// within says whether a test within this test or package failed.
func within(all results, name string) bool {
	deeper := name + "/"
	if !strings.Contains(name, " ") {
		deeper = name + " "
	}
	for other, r := range all {
		if strings.HasPrefix(other, deeper) && r.end == "fail" {
			return true
		}
	}
	return false
}
