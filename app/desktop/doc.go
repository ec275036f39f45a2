// Package desktop is where Vaultbar meets the person's desktop: it asks
// (dialogs), tells (notifications), and opens what they want to see (terminals,
// files, addresses); and it says when they cannot see the screen, and keeps the
// clipboard and the login items.
//
// Everything here is an edge: it decides nothing about sessions or keys. It is
// handed a [vaultcore.Question] or a [Notice] and brings back an answer. What it
// shows is one line a fact, made harmless by [vaultcore.Printable]: names from a
// config file cannot forge a line, a button or markup. Notifications may be seen
// over a shoulder or on a locked screen, so no account id, ARN or key gets into
// one, whatever the names and reasons hold.
//
// One dialog is open at a time, and it is gone when nobody waits for its answer.
// No answer comes from a dialog that the person did not see: without a display,
// or when the dialog program dies, the question has failed and is not "cancelled".
// Programs that are started to ask or to open something come from the system's
// own folders, owned by root, never from wherever PATH leads. No secret, account
// id or ARN goes through a command line, which every user of the machine can read:
// what holds one is shown by way of a pipe, and what must be on a command line
// holds its last part only.
//
// What a platform cannot do is an [ErrUnsupported], so that the app can say it
// once and go on. Start with [Dialogs.Ask], [Notifier.Notify] and [Screen.Watch].
package desktop
