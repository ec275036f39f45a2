// Package audit keeps the trail: one line of JSON whenever credentials are issued, for each
// refusal, approval, sign-in, change of a key or of a setting, and lock. A line never
// holds a secret, and names a session by its access key id, as CloudTrail does.
//
// # What a line is chained to
//
// Each line ends in a hash over itself and the hash of the line before, over all
// files. So a line that was changed, removed or put in is found by [Scan], as is a trail
// that was cut: the file "head" says how far it went. That finds damage, and whoever
// edits a file; a program that runs as the same user can write the whole trail anew,
// hashes and head included, and a hash of its own making says nothing against that.
//
// # Who writes
//
// A [Trail] is the one owner of the files: [Trail.Around] stands around every operation
// of the app and puts what came of it in memory; [Trail.Run] writes, a batch at a time,
// holding a lock that no other app gets meanwhile. A request never waits for the disk; who
// asks is looked up in its own time, as the process may end with the reply. What cannot
// be written, because the disk is full, waits in memory up to a limit; how many lines were
// lost beyond that is a line too. Lines are not synced one by one: a power cut can take
// the last of them, which is then said.
//
// Package record reads the trail as it is, for the menu and for the vaultbar command, which
// links no cryptography. [Scan] verifies it, for the app as it starts and, in a process of
// its own, for `vaultbar log --verify`.
package audit
