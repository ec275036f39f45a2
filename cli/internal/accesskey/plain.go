package accesskey

import (
	"bufio"
	"io"
	"os"
	"strings"
)

// InClear says whether a credentials file holds a long-term key of a profile. A
// file that cannot be read holds none: this is a hint, not a check.
func InClear(file, profile string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(io.LimitReader(f, 1<<20))
	inside := false
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if name, ok := section(line); ok {
			inside = name == profile
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if inside && strings.EqualFold(strings.TrimSpace(key), "aws_secret_access_key") && strings.TrimSpace(value) != "" {
			return true
		}
	}
	return false
}

// section returns the name that a line like [name] opens.
func section(line string) (string, bool) {
	name, ok := strings.CutPrefix(line, "[")
	if !ok {
		return "", false
	}
	name, _, ok = strings.Cut(name, "]")
	return strings.TrimSpace(name), ok
}
