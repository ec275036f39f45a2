//go:build !linux

package browser

// pages says whether addresses reach browsers by a page: not where it has not been
// seen to work with each browser.
const pages = false
