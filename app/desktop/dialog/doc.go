// Package dialog asks the person, and shows them what they have to read, in windows
// on their screen.
//
// It decides nothing about sessions or keys: it is handed a [vaultcore.Question] or
// a [Message] and brings back an answer. What it shows is one line a fact, made
// harmless by [vaultcore.Printable]: names from a config file cannot forge a line, a
// button or markup.
//
// One dialog is open at a time, and it is gone when nobody waits for its answer.
// No answer comes from a dialog that the person did not see: without a display,
// or when the dialog program dies, the question has failed and is not "canceled".
// The program that shows the dialogs comes from the system's own folders, owned by
// root, never from wherever PATH leads. No secret, account id or ARN goes through its
// command line, which every user of the machine can read: what holds one is shown
// by way of a pipe, and what must be on a command line holds its last part only.
//
// Start with [Dialogs.Ask].
package dialog
