package dialog

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestADialogEndsByItself holds that what the person opened keeps questions waiting for
// five minutes at most, and that nobody's answer is then told from a no.
func TestADialogEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dialogs
		b, began := box{title: "x", timeout: longest}, time.Now()
		inner, cancel := b.within(t.Context())
		defer cancel()
		<-inner.Done()
		if stayed := time.Since(began); stayed != 5*time.Minute {
			t.Errorf("it stays for %s", stayed)
		}
		if err := d.judge(t.Context(), inner, b, errors.New("killed")); !errors.Is(err, vaultcore.ErrUnanswered) {
			t.Errorf("it ends with %v", err)
		}
	})
}
