package loopback

import (
	"crypto/sha256"
	"encoding/base64"
)

// script takes the code, which is spent by now, out of the browser's address bar and
// history. It is the only one that the pages may run.
const script = `history.replaceState(null, "", "/")`

var scriptHash = func() string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}()

// The pages that end the story in the browser. They are the same for everybody and
// hold nothing of the request.
const (
	donePage    = page1 + "<h1>You are signed in</h1><p>You can close this tab.</p>" + page2
	refusedPage = page1 + "<h1>The sign-in was refused</h1><p>You can close this tab and sign in again from Vaultbar.</p>" + page2

	page1 = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Vaultbar</title>` +
		`<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:28rem;padding:0 1rem;text-align:center}` +
		`svg{width:4rem}h1{font-size:1.4rem;font-weight:600;margin:.5rem 0 0}p{margin:.25rem 0}</style><main>` +
		`<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="#3b82f6" stroke="#1d4ed8" d="M12 1.5 21 4v8c0 5-3.5 8.5-9 10.5C6.5 20.5 3 17 3 12V4z"/></svg>`
	page2 = "</main><script>" + script + "</script></html>\n"
)
