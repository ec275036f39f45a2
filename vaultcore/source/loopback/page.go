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

	page1 = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Vaultbar</title>` +
		`<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:28rem;padding:0 1rem;text-align:center}h1{font-size:1.4rem;font-weight:600}</style><main>`
	page2 = "</main><script>" + script + "</script></html>\n"
)
