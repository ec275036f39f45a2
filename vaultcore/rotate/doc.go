// Package rotate replaces the access key of an IAM user by a new one in such a way
// that whatever ends it in the middle, there is always a key that works, and never a
// second one that nobody has been told of.
//
// The way of a rotation is: IAM lists the keys of the user; a new one is created; its
// secret is stored beside the one in use; it is tried until it has worked several times
// in a row, because a new key takes seconds to be known everywhere in AWS; then it takes
// the old one's place in the keychain; the old key becomes inactive; and some time later,
// when no other machine has missed it, it is deleted. A [Journal] in the keychain is
// written before each step that cannot be repeated, so that the next run goes on where
// the last one was ended.
//
// What to do next is decided by [Next], a pure function of a [Situation]: what the
// journal says, which key the keychain has in use, and which keys IAM lists. [Plan] is
// what it leads to, for a person to agree to. A [Rotation] looks the situation up and
// carries the steps out.
//
// CreateAccessKey is sent once and never again: when the reply is lost, AWS may have made
// a key whose secret nobody has. The journal then says so, and the next run finds it among
// the keys that IAM lists, and deletes it once a person has agreed. IAM allows two keys a
// user; where both are taken by keys that the journal does not know, a person has to name
// the one that may go.
//
// The package asks nobody, knows no SDK and no keychain, and never holds a secret longer
// than a step takes: package rotator gives it both, and decides who signs the calls. Also
// here is what is remembered of keys and their rotations: [Ongoing] and [Ages].
//
// Facts of AWS: the IAM API reference (CreateAccessKey, UpdateAccessKey,
// GetAccessKeyLastUsed) and its guide on eventual consistency.
package rotate
