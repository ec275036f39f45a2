package rotate

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// When IAM is asked again how old a key is: after it has told, after it refused, and after
// it could not be reached.
const (
	agesHold    = vaultcore.Day
	agesRefused = 7 * vaultcore.Day
	agesFailed  = time.Hour
	// agesKept is how long what is known of a key is kept that nobody has asked about.
	agesKept = 400 * vaultcore.Day
)

// Ages remembers when keys were created and last used, as IAM has told it, so that a screen
// can show it without asking. The file holds hashes of access key ids and times, and lies in
// the state folder. Make one with [OpenAges]; its methods may be called from many
// goroutines.
type Ages struct {
	file *atomicfile.JSON

	mu   sync.Mutex     // guards what follows
	keys map[string]age // by hashed id
}

// age is what is known of one key.
type age struct {
	Created time.Time `json:"created,omitzero"`
	Used    time.Time `json:"used,omitzero"`
	UsedFor string    `json:"used_for,omitempty"`
	Next    time.Time `json:"next"` // IAM is not asked before this
}

// OpenAges reads the file at path; with an empty path nothing is written down. The ages are
// of use also after an error, which says that it could not be read.
func OpenAges(path string) (*Ages, error) {
	a := &Ages{file: atomicfile.NewJSON(path)}
	err := a.file.Read(&a.keys)
	if err != nil || a.keys == nil {
		a.keys = make(map[string]age)
	}
	return a, err
}

// hashed stands for an access key id in the file.
func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// Of is what is known of the key with this id; ok says that anything is.
func (a *Ages) Of(id string) (key vaultcore.AccessKey, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.keys[hashed(id)]
	return vaultcore.AccessKey{ID: id, Created: known.Created, Used: known.Used, UsedFor: known.UsedFor}, !known.Created.IsZero()
}

// Begin says whether IAM should be asked about a key now. Who gets a yes asks: others are
// told no meanwhile.
func (a *Ages) Begin(id string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.keys[hashed(id)]
	if now.Before(known.Next) && known.Next.Before(now.Add(agesRefused+time.Minute)) { // the clock may have been wrong
		return false
	}
	known.Next = now.Add(agesFailed)
	a.keys[hashed(id)] = known
	return true
}

// Refused notes that the key may not be asked about.
func (a *Ages) Refused(id string, now time.Time) error {
	a.mu.Lock()
	known := a.keys[hashed(id)]
	known.Next = now.Add(agesRefused)
	a.keys[hashed(id)] = known
	a.mu.Unlock()
	return a.save()
}

// Learn takes in what IAM lists.
func (a *Ages) Learn(keys []vaultcore.AccessKey, now time.Time) error {
	a.mu.Lock()
	maps.DeleteFunc(a.keys, func(_ string, known age) bool { return now.Sub(known.Next) > agesKept })
	for _, k := range keys {
		known := age{k.Created, k.Used, k.UsedFor, now.Add(agesHold)}
		if before := a.keys[hashed(k.ID)]; known.Used.IsZero() { // it may not have been told this time
			known.Used, known.UsedFor = before.Used, before.UsedFor
		}
		a.keys[hashed(k.ID)] = known
	}
	a.mu.Unlock()
	return a.save()
}

func (a *Ages) save() error { return a.file.Write(&a.mu, &a.keys) }
