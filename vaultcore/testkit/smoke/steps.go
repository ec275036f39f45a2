package main

import (
	"fmt"
	"os"
)

// profile has ann's key and her MFA device.
const profile = "bastion-system"

// codeHere stands for what the device shows when the step is done.
const codeHere = "CODE"

// step is a command line, and what must come of it.
type step struct {
	title string
	args  []string
	stdin string
	code  int
	want  string // an expression that matches what is said
}

// steps are what a person does with the two programs on a first day.
func (h *home) steps() ([]step, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf(`{"AccessKey":{"AccessKeyId":%q,"SecretAccessKey":%q}}`, h.world.Key.ID(), h.world.Key.Secret().Reveal())
	take := []string{"export", "--format=json", profile}
	return []step{
		{title: "a command starts the app", args: []string{"list"}, want: profile},
		{title: "add a key, which AWS knows", args: []string{"add", "--stdin", profile}, stdin: key, want: "Added " + profile},
		{title: "without a code there is no session", args: []string{"export", "--prompt=none", profile}, code: 5},
		{title: "take credentials with a code", args: []string{"export", "--format=json", "--mfa-token", codeHere, profile}, want: `"AccessKeyId":"ASIA`},
		{title: "take them again, without one", args: take, want: `"AccessKeyId":"ASIA`},
		{title: "take those of a role", args: []string{"export", "--format=json", "hoge-system"}, want: `"AccessKeyId":"ASIA`},
		{title: "run a program with them", args: []string{"exec", profile, "--", self, "-show"}, want: "ASIA"},
		{title: "say how it is", args: []string{"status"}, want: h.backend},
		{title: "lock", args: []string{"lock"}},
		{title: "nothing is handed out", args: take, code: 6},
		{title: "unlock", args: []string{"unlock"}},
		{title: "stop", args: []string{"stop"}, want: "has stopped"},
		{title: "none serves then", args: []string{"status"}, code: 9},
		{title: "a new app has the session still", args: take, want: `"AccessKeyId":"ASIA`},
		{title: "remove the key", args: []string{"remove", "--force", profile}},
		{title: "stop again", args: []string{"stop"}, want: "has stopped"},
	}, nil
}
