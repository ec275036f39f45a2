// Package awsconfig turns the text of an AWS config file into profiles.
//
// The keys mean what AWS's own tools take them to mean: nothing leaks from
// [default] into other profiles, [profile default] goes before [default], a
// section without the word profile is none, mfa_serial belongs to the profile
// it stands in. aws-vault's include_profile, session_tags,
// transitive_session_tags and source_identity are known as well. A
// credential_process that calls vaultbar or aws-vault is Vaultbar itself and
// never a source of credentials.
//
// What is wrong in the file is a sentence with file and line. A profile with a
// value that cannot be used carries the sentence as its Err and all others go
// on working; nothing is guessed, since a role overlooked would hand out the
// wrong credentials. Values are never quoted in a sentence: a mangled file may
// have a secret anywhere.
//
// The keys in plain text that are in the file, or in the credentials file, are found as
// well ([PlainKeys]), for whoever warns of them or moves them away.
//
// Nothing is ever written: package configedit plans edits, on what [Parse] says of a text.
// Nothing is watched: package liveconfig reads a file anew when it has changed.
//
// Start with [Parse].
package awsconfig
