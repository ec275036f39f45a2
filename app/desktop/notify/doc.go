// Package notify tells the person something without interrupting them. A
// notification may be seen over a shoulder or on a locked screen, so no account id,
// ARN or key gets into one, whatever the names and reasons hold.
//
// What shows no notifications is an [errors.ErrUnsupported], so that the app can say
// it once and go on. Start with [Notifier.Notify] and the functions that make a
// [Notice].
package notify
