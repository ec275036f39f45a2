// Package socket finds, opens and guards the local socket (on Windows the named
// pipe) between Vaultbar's app and its callers, and names who calls.
//
// It serves one person: the owner of the process. The socket lives in a folder
// that only they may enter, is closed to others from its first instant, and is
// never in a shared folder such as /tmp. Both sides check the other's user
// through the kernel, not through anything that is sent: root is refused like
// any other user who is not us. A lock beside the socket, held for life, keeps
// a second app from taking it; what a dead one left behind is replaced.
//
// There is one app for a person and their home. Where its socket lies depends on
// the environment of whoever started it, and cron, su and `env -i` have another
// than a desktop: the app holds a second lock, in the home, and leaves a link to
// its socket there. Callers follow the link first; one that leads nowhere is
// passed over.
//
// What a peer is called is read from the process table for the sake of the
// question that a person sees ("terraform (in ~/infra) asks"). It is a hint,
// never proof, and decides nothing.
//
// It knows nothing of what is said over the socket. It is linked into the
// command line, so it imports little and does nothing on import.
//
// Start with [Find]; the app goes on with [Listen], the command with [Dial].
package socket
