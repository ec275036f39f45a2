package liveconfig

import (
	"slices"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
)

// PlainNames tells again and again which profiles have keys in plain text: the files are
// read only when they have changed, and no secret is kept.
type PlainNames struct {
	mu    sync.Mutex // guards what follows
	files awsconfig.Files
	marks [2]mark
	read  time.Time
	keys  []awsconfig.PlainKey
}

// Keys returns the keys that can be moved into the keychain, without the keys
// themselves. Files that cannot be read have none.
func (p *PlainNames) Keys(files awsconfig.Files) []awsconfig.PlainKey {
	marks := [2]mark{markOf(files.Credentials), markOf(files.Config)}
	p.mu.Lock()
	defer p.mu.Unlock()
	stable := func(m mark) bool { return p.read.Sub(m.touched()) >= racy }
	if p.files == files && p.marks == marks && stable(marks[0]) && stable(marks[1]) {
		return p.keys
	}
	p.files, p.marks, p.read = files, marks, time.Now()
	found, _ := awsconfig.PlainKeys(files) // whoever moves them is told why not
	p.keys = slices.DeleteFunc(found, func(k awsconfig.PlainKey) bool { return k.Why != nil })
	for i := range p.keys {
		p.keys[i].Key = vaultcore.Credentials{}
	}
	return p.keys
}
