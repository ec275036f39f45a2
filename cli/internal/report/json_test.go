package report

import (
	"encoding/json"
	"testing"
)

// What a terminal would act on is escaped, and nothing is lost.
func TestEscapeUnseen(t *testing.T) {
	const name = "pro\u202ed\u200f \u009b2J \u007f \U000e0041 本番 é \x1b[2J"
	text, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	got := escapeUnseen(text)
	const want = `"pro\u202ed\u200f \u009b2J \u007f \udb40\udc41 本番 é \u001b[2J"`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
	var back string
	if err := json.Unmarshal(got, &back); err != nil || back != name {
		t.Errorf("read again it is %q, %v", back, err)
	}
}
