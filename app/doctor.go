package app

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/audit"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
	"github.com/vaultbar/vaultbar/vaultcore/doctor"
)

// examine is the app for one request and without anything that lasts: it answers a
// [agent.DoctorRequest] on stdin, for a command that finds no app running. It opens no
// keychain.
func examine(stdin io.Reader, stdout, stderr io.Writer) int {
	var r agent.DoctorRequest
	err := json.NewDecoder(stdin).Decode(&r)
	var folders appdirs.Folders
	if err == nil {
		folders, err = appdirs.Locate()
	}
	var result agent.DoctorResult
	if err == nil {
		facts := doctor.Look(doctor.Home{Settings: folders.Settings(), Seen: r.Seen})
		result.Checks, result.Searches, err = doctor.Report(facts, r.Profile)
	}
	return answer(result, err, stdout, stderr)
}

// verify reads the audit trail in the folder that stdin names, and says whether it is as
// it was written: a [record.Report]. The app that writes it is not asked.
func verify(stdin io.Reader, stdout, stderr io.Writer) int {
	var folder string
	err := json.NewDecoder(stdin).Decode(&folder)
	var report record.Report
	if err == nil {
		report, err = audit.Scan(folder, nil)
	}
	return answer(report, err, stdout, stderr)
}

// answer says what came of one question, and returns the exit code.
func answer(result any, err error, stdout, stderr io.Writer) int {
	if err == nil {
		err = json.NewEncoder(stdout).Encode(result)
	}
	if err == nil {
		return 0
	}
	code := fail(stderr, err)
	if errors.Is(err, vaultcore.ErrNoProfile) {
		return 3 // as the command's own
	}
	return code
}
