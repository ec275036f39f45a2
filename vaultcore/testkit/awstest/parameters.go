package awstest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parameters are a request's. Of a repeated one, AWS takes the first.
type parameters struct{ values url.Values }

func (p parameters) get(name string) string { return p.values.Get(name) }
func (p parameters) has(name string) bool   { return p.values.Has(name) }

// list returns name.member.1 and so on.
func (p parameters) list(name string) []string {
	var list []string
	for i := 1; p.has(member(name, i)); i++ {
		list = append(list, p.get(member(name, i)))
	}
	return list
}

// pairs returns name.member.1.Key and .Value and so on.
func (p parameters) pairs(name string) [][2]string {
	var list [][2]string
	for i := 1; p.has(member(name, i) + ".Key"); i++ {
		list = append(list, [2]string{p.get(member(name, i) + ".Key"), p.get(member(name, i) + ".Value")})
	}
	return list
}

func member(name string, i int) string { return name + ".member." + strconv.Itoa(i) }

// text is what AWS's service model says of a text parameter.
type text struct {
	name     string
	required bool
	min, max int
	pattern  *regexp.Regexp // anchored
	shown    string         // the pattern as AWS prints it
}

// The parameters of STS, from its service model. AWS prints character classes
// with \u escapes; only printable texts can be told apart here.
var (
	roleARNText     = text{"RoleArn", true, 20, 2048, regexp.MustCompile(`^[\x{9}\x{A}\x{D}\x{20}-\x{7E}\x{85}\x{A0}-\x{D7FF}\x{E000}-\x{FFFD}]+$`), `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`}
	sessionNameText = text{"RoleSessionName", true, 2, 64, nameClass, `[\w+=,.@-]*`}
	sourceText      = text{"SourceIdentity", false, 2, 256, nameClass, `[\w+=,.@-]*`}
	externalIDText  = text{"ExternalId", false, 2, 1224, regexp.MustCompile(`^[\w+=,.@:/\-]*$`), `[\w+=,.@:\/-]*`}
	serialText      = text{"SerialNumber", false, 9, 256, regexp.MustCompile(`^[\w+=/:,.@\-]*$`), `[\w+=/:,.@-]*`}
	tokenCodeText   = text{"TokenCode", false, 6, 6, regexp.MustCompile(`^\d*$`), `[\d]*`}
	federatedText   = text{"Name", true, 2, 32, nameClass, `[\w+=,.@-]*`}
	policyText      = text{"Policy", false, 1, 2048, regexp.MustCompile(`^[\x{9}\x{A}\x{D}\x{20}-\x{FF}]+$`), `[\u0009\u000A\u000D\u0020-\u00FF]+`}

	nameClass = regexp.MustCompile(`^[\w+=,.@\-]*$`)
)

// shownAs is how AWS spells a parameter in its messages.
func shownAs(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// check validates the given parameters together: AWS counts the faults and
// lists them in one message.
func (p parameters) check(rules ...text) *refusal {
	var faults []string
	for _, rule := range rules {
		faults = append(faults, p.faults(rule)...)
	}
	if len(faults) == 0 {
		return nil
	}
	noun := "error"
	if len(faults) > 1 {
		noun = "errors"
	}
	return validationError("%d validation %s detected: %s", len(faults), noun, strings.Join(faults, "; "))
}

func (p parameters) faults(rule text) []string {
	value, shown := p.get(rule.name), shownAs(rule.name)
	if !p.has(rule.name) {
		if !rule.required {
			return nil
		}
		return []string{fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", shown)}
	}
	say := func(constraint string, limit any) string {
		return fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: Member must %s%v", value, shown, constraint, limit)
	}
	var faults []string
	if !rule.pattern.MatchString(value) {
		faults = append(faults, say("satisfy regular expression pattern: ", rule.shown))
	}
	switch n := utf8.RuneCountInString(value); {
	case n < rule.min:
		faults = append(faults, say("have length greater than or equal to ", rule.min))
	case n > rule.max:
		faults = append(faults, say("have length less than or equal to ", rule.max))
	}
	return faults
}

// seconds reads DurationSeconds within AWS's limits for the action.
func (p parameters) seconds(otherwise, most int) (int, *refusal) {
	const least = 900
	if !p.has("DurationSeconds") {
		return otherwise, nil
	}
	value := p.get("DurationSeconds")
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "MalformedInput", "")
	}
	say := func(constraint string, limit int) *refusal {
		return validationError("1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value %s than or equal to %d", n, constraint, limit)
	}
	if n < least {
		return 0, say("greater", least)
	}
	if n > int64(most) {
		return 0, say("less", most)
	}
	return int(n), nil
}
