package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// fingerprintVersion changes whenever what is written below does, so that a
// session kept by an older version is never taken for one that it is not.
const fingerprintVersion = "vaultbar session 2"

// Fingerprint names the credentials that step i makes from the long-term key
// with this access key id: a hash of everything that changes them. Two profiles
// that describe the same session have the same fingerprint and share it; an
// edit of the config that would give other credentials gives another one.
func (p Plan) Fingerprint(keyID string, i int) string {
	h := sha256.New()
	// Every value is quoted, and quoting loses nothing (a byte that is not
	// UTF-8 becomes an escape), so two different lists of values never give
	// the same text.
	fmt.Fprintf(h, "%s\nkey id %q\n", fingerprintVersion, keyID)
	for _, s := range p.Steps[:min(max(i+1, 0), len(p.Steps))] {
		s.writeTo(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeTo writes every field that changes the step's result. Of the region that is
// the partition alone: STS gives credentials that work in all of it, whichever of
// its regional endpoints is asked. (Those of the global endpoint do not, and that is
// asked only where endpoint_url names it.)
func (s Step) writeTo(w io.Writer) {
	fmt.Fprintf(w, "step %q key %q mfa %q for %d\n", s.Kind, s.KeyName, s.MFASerial, s.Duration)
	fmt.Fprintf(w, "role %q name %q external %q identity %q\n", s.RoleARN, s.RoleSessionName, s.ExternalID, s.SourceIdentity)
	if s.OrLess {
		fmt.Fprintln(w, "or less")
	}
	for _, tag := range sortedTags(s.Tags) {
		fmt.Fprintf(w, "tag %q = %q\n", tag.Key, tag.Value)
	}
	for _, key := range slices.Sorted(slices.Values(s.TransitiveTags)) {
		fmt.Fprintf(w, "transitive %q\n", key)
	}
	if s.Policy != "" {
		fmt.Fprintf(w, "policy %q\n", s.Policy)
	}
	if s.Source != (vaultcore.Source{}) {
		type values vaultcore.Source // all of them, without its String
		fmt.Fprintf(w, "source %q\n", values(s.Source))
	}
	for _, variable := range s.Env {
		fmt.Fprintf(w, "env %q\n", variable)
	}
	if s.Starts.Account != "" {
		fmt.Fprintf(w, "account %q\n", s.Starts.Account)
	}
	if s.Cache != "" {
		fmt.Fprintf(w, "cache %q\n", s.Cache)
	}
	fmt.Fprintf(w, "partition %q endpoint %q\n", aws.PartitionOf(s.Region).Name, s.Endpoint)
}

// sortedTags puts tags in one order: AWS makes the same session of any.
func sortedTags(tags []vaultcore.Tag) []vaultcore.Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b vaultcore.Tag) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Value, b.Value))
	})
}
