//go:build linux

package stories_test

import (
	"slices"
	"strings"
	"testing"
)

// crashes are how often the app is killed while it is used.
const crashes = 20

// A crash of the app loses nothing: the next command works, asks nothing, and the
// list reads as before.
func TestACrashAsksForNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asShipped()
	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	w.must("settings", "set", "--profile", hoge, "pinned", "yes")
	session := w.export(bastion)
	before := w.withoutTimes(w.must("list", "--long"))
	w.aws.Server.ResetCalls()
	for range crashes {
		w.app().kill()
		if now := w.export(bastion); now.AccessKeyID != session.AccessKeyID {
			t.Error("the session is another one")
		}
		w.export(hoge)
		if after := w.withoutTimes(w.must("list", "--long")); after != before {
			t.Fatalf("the list was\n%s\nand is\n%s", before, after)
		}
	}
	if n := w.aws.Server.Count("GetSessionToken"); n != 0 {
		t.Errorf("%d codes were needed", n)
	}
}

// withoutTimes takes the words with digits out of a list, but for the accounts:
// times left pass.
func (w *world) withoutTimes(list string) string {
	words := strings.Fields(list)
	words = slices.DeleteFunc(words, func(word string) bool {
		return len(word) < 12 && strings.ContainsAny(word, "0123456789")
	})
	return strings.Join(words, " ")
}
