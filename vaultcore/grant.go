package vaultcore

import "time"

// Grant is what a person has allowed a program for a while: the credentials of a
// protected profile.
type Grant struct {
	ID      int       `json:"id"`
	Profile string    `json:"profile"`
	Of      string    `json:"of"`      // what of it: "credentials", "long-term key", "console" and the like
	Program string    `json:"program"` // as the person saw it, such as "terraform (in ~/infra, started by claude)"
	Begun   time.Time `json:"begun"`
	Ends    time.Time `json:"ends,omitzero"` // zero for one that holds while the program runs
}
