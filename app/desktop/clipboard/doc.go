// Package clipboard puts secrets on the clipboard for a short while, so that
// clipboard managers do not keep them, and takes them off again.
//
// Start with [Clipboard.Copy].
package clipboard
