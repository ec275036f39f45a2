package vaultcore

import "strings"

// ValidRegion says whether a text has the shape of a region's name, such as
// us-east-1 or us-gov-west-1: two to four letters, one to three words, a number. It
// does not know which regions exist. The name becomes part of a host's name, so
// nothing else may pass.
func ValidRegion(region string) bool {
	words := strings.Split(region, "-")
	last := len(words) - 1
	if last < 2 || last > 4 {
		return false
	}
	for _, word := range words[1:last] {
		if !made(word, lowerCase, 1, 12) {
			return false
		}
	}
	return made(words[0], lowerCase, 2, 4) && made(words[last], digits, 1, 2)
}

const (
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	digits    = "0123456789"
)

// made says whether a word consists of so many of some characters.
func made(word, of string, least, most int) bool {
	return len(word) >= least && len(word) <= most && strings.Trim(word, of) == ""
}
