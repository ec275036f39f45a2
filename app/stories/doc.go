// Package stories is what people and programs do with Vaultbar, from end to end: the two
// real programs over a real socket, in a home of their own, against the strict local AWS
// of testkit/awstest; and those of a desktop, named desktop_*, on an X server of their own
// with a panel, dialogs and notifications. The files named harness_* are what they share.
//
// It has tests alone, so that the rooms below app can be tested without them.
package stories
