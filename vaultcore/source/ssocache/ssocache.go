// Package ssocache is the folder in which AWS's own tools keep sign-ins to IAM Identity
// Center: ~/.aws/sso/cache, which no setting of theirs moves.
//
// Two things are done there. A sign-in that `aws sso login` has made is used while it
// lives ([Folder.Read]): its access token alone, and only when nobody else could have
// written the file. It is not refreshed, for a refresh token has one owner, and it is
// not written. And where the person wants it so, a sign-in of Vaultbar's is left there
// for the tools that read nothing else ([Folder.Write]): the access token, which ends
// within the hour, without what it could be refreshed with. Such a file says whose it
// is, in a key that AWS's tools pass over, so that it is known again after a crash, is
// replaced and removed by us, and is never taken for another tool's. A file of another
// tool is left as it is.
//
// The tools name a file by the SHA-1 of the [sso-session], else of the start URL to the
// letter. They write in place, without a lock: a half-written file is one that is not
// there.
//
// The forms are those of AWS CLI 2 (JSONFileCache, SSOTokenLoader) and the SDK for Go
// (ssocreds); very old versions wrote UTC for Z.
package ssocache

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// ErrTaken is the failure to write where another tool keeps a sign-in of its own.
var ErrTaken = errors.New("another tool keeps a sign-in of its own there")

// Token is a sign-in as AWS's tools keep it.
type Token struct {
	Access  vaultcore.Secret // bearer token for the portal; zero for none
	Expires time.Time
	Written time.Time // when the file was
}

// Folder is the path of such a folder; empty for none.
type Folder string

// Home is the folder of a person with this home folder.
func Home(home string) Folder { return Folder(filepath.Join(home, ".aws", "sso", "cache")) }

// owner is what our files say of whose they are.
const owner = "vaultbar"

// record is a file. The order and the names are those of AWS CLI 2.
type record struct {
	StartURL  string `json:"startUrl"`
	Region    string `json:"region"`
	Access    string `json:"accessToken"`
	Expires   string `json:"expiresAt"`
	Refresh   string `json:"refreshToken,omitempty"` // looked at for whether there is one
	WrittenBy string `json:"writtenBy,omitempty"`    // ours alone
}

// file is where a sign-in is kept.
func (f Folder) file(of vaultcore.SignIn) string {
	sum := sha1.Sum([]byte(of.Name()))
	return filepath.Join(string(f), hex.EncodeToString(sum[:])+".json")
}

// Read returns the sign-in of another tool. There is none where the file is missing,
// half written, of another start URL or region, or our own; an error says that one is
// there and not to be trusted.
func (f Folder) Read(of vaultcore.SignIn) (Token, error) {
	if f == "" {
		return Token{}, nil
	}
	text, info, err := atomicfile.ReadPrivate(f.file(of))
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, nil
	}
	if err != nil {
		return Token{}, err
	}
	r, ok := parse(text)
	if !ok || r.WrittenBy == owner || r.StartURL != of.StartURL || r.Region != of.Region {
		return Token{}, nil
	}
	expires, ok := moment(r.Expires)
	if !ok || r.Access == "" {
		return Token{}, nil
	}
	return Token{vaultcore.NewSecret(r.Access), expires, info.ModTime()}, nil
}

func parse(text []byte) (record, bool) {
	var r record
	err := json.Unmarshal(text, &r)
	return r, err == nil
}

// moment reads a time of AWS's tools.
func moment(text string) (time.Time, bool) {
	if rest, old := strings.CutSuffix(text, "UTC"); old {
		text = rest + "Z"
	}
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// Write leaves a sign-in for AWS's tools. It may return: ErrTaken, fs.ErrPermission.
func (f Folder) Write(of vaultcore.SignIn, token Token) error {
	if f == "" {
		return nil
	}
	path := f.file(of)
	old, _, err := atomicfile.ReadPrivate(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return err
	case !replaceable(old, time.Now()):
		return ErrTaken
	}
	text, err := json.Marshal(record{
		StartURL: of.StartURL, Region: of.Region, Access: token.Access.Reveal(),
		Expires: token.Expires.UTC().Format("2006-01-02T15:04:05Z"), WrittenBy: owner,
	})
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(path, text, old); err != nil {
		if errors.Is(err, atomicfile.ErrChanged) {
			return ErrTaken // that tool has just written it
		}
		return err
	}
	return nil
}

// replaceable says whether a file is ours, or of no use to the tool that wrote it.
func replaceable(text []byte, now time.Time) bool {
	r, ok := parse(text)
	if !ok {
		return false // it may be half written
	}
	expires, ok := moment(r.Expires)
	return r.WrittenBy == owner || r.Refresh == "" && ok && !expires.After(now)
}

// Remove removes what [Folder.Write] has left of a sign-in.
func (f Folder) Remove(of vaultcore.SignIn) error {
	if f == "" {
		return nil
	}
	return removeOurs(f.file(of))
}

// Sweep removes all that [Folder.Write] has left, in an earlier run too.
func (f Folder) Sweep() error {
	if f == "" {
		return nil
	}
	entries, err := os.ReadDir(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if fileName.MatchString(entry.Name()) {
			err = errors.Join(err, removeOurs(filepath.Join(string(f), entry.Name())))
		}
	}
	return err
}

// fileName is what a sign-in's file is called; files of other kinds have such names too.
var fileName = regexp.MustCompile(`^[0-9a-f]{40}\.json$`)

// removeOurs removes a file that says that it is ours.
func removeOurs(path string) error {
	text, _, err := atomicfile.ReadPrivate(path)
	if err != nil {
		return nil // missing, or not one that we have written
	}
	if r, ok := parse(text); !ok || r.WrittenBy != owner {
		return nil
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
