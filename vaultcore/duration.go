package vaultcore

import (
	"fmt"
	"strings"
	"time"
)

// TimeLeft words a remaining time as it is shown everywhere, rounded down:
// "3 h 40 min", "52 min", "under 1 min", "ended".
func TimeLeft(d time.Duration) string {
	minutes := int(d / time.Minute)
	switch {
	case d <= 0:
		return "ended"
	case minutes < 1:
		return "under 1 min"
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%d h", minutes/60)
	default:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
}

// Length words how long something is to last: "8 h", "1 h 30 min".
func Length(d time.Duration) string {
	if d <= 0 || d%time.Minute != 0 {
		return d.String()
	}
	return TimeLeft(d)
}

// Short is a duration as a flag or a setting has it: "8h", "1h30m".
func Short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
