// Package liveconfig follows the AWS config file while others edit it.
//
// A [File] holds the last good [awsconfig.Config]. Who acts for somebody asks
// [File.Latest], which looks at the file first: an edit counts for the next request. For a
// screen it follows the file too: it watches folders, not the file, since editors put new
// files in its place, and waits until the writing is over. An emptied file is believed
// only when it stays empty.
//
// A [Set] is the files that are in use at once: each program may name its own. [PlainNames]
// knows again and again which keys are in plain text, at the price of one look.
//
// What a text means is not decided here: that is awsconfig. Nothing is ever written.
//
// Start with [Open].
package liveconfig
