package console

import (
	"regexp"
	"strings"
)

// ARN is the name that AWS gives to one thing, taken apart.
type ARN struct {
	Partition string
	Service   string
	Region    string // empty for what has none
	Account   string // twelve digits; empty for what names none, as of S3 buckets
	Resource  string
}

// maxARN is AWS's own limit.
const maxARN = 2048

// arnShape leaves no room for what could leave a query parameter.
var arnShape = regexp.MustCompile(`^arn:(aws(?:-[a-z]{1,8}){0,2}):([a-z0-9-]{1,40}):([a-z0-9-]{0,30}):(\d{12}|aws)?:([\x21-\x7e]+)$`)

// ParseARN reads an ARN; ok is false for anything else.
func ParseARN(text string) (a ARN, ok bool) {
	m := arnShape.FindStringSubmatch(text)
	if m == nil || len(text) > maxARN {
		return ARN{}, false
	}
	a = ARN{Partition: m[1], Service: m[2], Region: m[3], Account: m[4], Resource: m[5]}
	if a.Account == "aws" { // what AWS itself owns, as managed policies
		a.Account = ""
	}
	return a, true
}

// name is the last part of the resource: of a user, the name without its path.
func (a ARN) name() string {
	return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
}
