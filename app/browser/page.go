package browser

import (
	"crypto/rand"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// pageLife is after what time a page is nobody's any more.
const pageLife = time.Hour

// pages says whether addresses reach browsers by a page: not where it has not been
// seen to work with each browser. On Linux programs see the arguments of each other.
const pages = runtime.GOOS == "linux"

// page makes the address reach the browser by a file that only its person may read,
// and not by the browser's arguments, which every program can. It returns the
// address of that file, and how to remove it. ok is false for a browser that is
// in a sandbox and does not see our files, for a link that an extension takes, and
// where the file cannot be made.
func (l *Launcher) page(b Browser, r Request) (address string, remove func(), ok bool) {
	if !pages || r.Paged == nil || b.sandbox != noSandbox || r.Container != "" {
		return "", func() {}, false
	}
	folder := filepath.Join(l.Folder, "pages")
	l.sweep(folder)
	if os.MkdirAll(folder, 0o700) != nil {
		return "", func() {}, false
	}
	path := filepath.Join(folder, rand.Text()+".html")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", func() {}, false
	}
	_, err = file.WriteString(pageText(r.Address))
	if closed := file.Close(); err != nil || closed != nil {
		_ = os.Remove(path)
		return "", func() {}, false
	}
	r.Paged()
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String(), func() { _ = os.Remove(path) }, true
}

// pageText leads on to an address, and leaves nothing of itself in the history.
func pageText(address string) string {
	return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">` +
		`<meta http-equiv="refresh" content="0;url=` + html.EscapeString(address) + `"><title>Vaultbar</title>` + "\n"
}

// sweep removes the pages of an app that was killed.
func (*Launcher) sweep(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return // there are none
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > pageLife {
			_ = os.Remove(filepath.Join(folder, entry.Name()))
		}
	}
}
