package boottime

import "testing"

func TestTheClockGoesOn(t *testing.T) {
	before := Now()
	if after := Now(); before <= 0 || after < before {
		t.Errorf("%v, then %v", before, after)
	}
}
