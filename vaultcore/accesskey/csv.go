package accesskey

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Row is a key in a CSV file.
type Row struct {
	User string // the IAM user; empty where the file does not say
	Line int
	Key  vaultcore.Credentials
	Why  error // why it is not a key that can be used; nil when it is
}

// CSV reads the keys of a CSV file of the IAM console: accessKeys.csv, credentials.csv
// of new users, with a password beside the key or without, and what both were earlier.
// Their columns are known by their titles. It may return: ErrKey for what is none of
// these, for a file with a password only, and for the key of an account's root user.
func CSV(text []byte) ([]Row, error) {
	found, err := readCSV(trim(text))
	if errors.Is(err, errNoCSV) {
		return nil, failure("there is no access key in it").WithHint("expected the CSV file that the IAM console makes of a new key")
	}
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, r := range found {
		row := Row{User: r.user, Line: r.line}
		row.Key, row.Why = New(r.id, vaultcore.NewSecret(r.secret))
		rows = append(rows, row)
	}
	return rows, nil
}

// trim takes off a byte order mark, and blank space around.
func trim(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
}

// csvRow is a key as it stands in a file.
type csvRow struct {
	user, id, secret string
	line             int
}

// The titles of the columns, in any case.
const (
	userTitle     = "User name"
	passwordTitle = "Password"
	idTitle       = "Access key ID"
	secretTitle   = "Secret access key"
)

// rootTitle begins the older form of the file with a root user's key, which has no
// columns.
var rootTitle = []byte("AWSAccessKeyId=")

func readCSV(text []byte) ([]csvRow, error) {
	if bytes.HasPrefix(text, rootTitle) {
		return nil, Root()
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1
	titles, err := reader.Read()
	if err != nil {
		return nil, errNoCSV
	}
	user, id, secret := column(titles, userTitle), column(titles, idTitle), column(titles, secretTitle)
	switch {
	case id < 0 && secret < 0 && column(titles, passwordTitle) >= 0:
		return nil, failure("the file has a password for the console, and no access key").
			WithHint("make an access key in the IAM console: user, Security credentials, Create access key")
	case id < 0 || secret < 0:
		return nil, errNoCSV
	}
	all, err := reader.ReadAll()
	if err != nil {
		return nil, errNoCSV
	}
	var rows []csvRow
	for i, cells := range all {
		if len(cells) <= max(id, secret) {
			return nil, failure("the CSV has a row without a key")
		}
		row := csvRow{id: cells[id], secret: cells[secret], line: i + 2}
		if user >= 0 && user < len(cells) {
			row.user = strings.TrimSpace(cells[user])
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, failure("the CSV has no key below its titles")
	}
	return rows, nil
}

// errNoCSV is a text that is none of the console's files.
var errNoCSV = errors.New("no CSV file of the IAM console")

// Root says why the key of an account's root user is not taken.
func Root() error {
	return failure("it is the key of an account's root user, which may do everything").
		WithHint("make a key for an IAM user, use that, and delete the root user's in the console: AWS advises to have none")
}

func column(titles []string, title string) int {
	for i, t := range titles {
		if strings.EqualFold(strings.TrimSpace(t), title) {
			return i
		}
	}
	return -1
}
