// Package process is the source of what commands of the config file print: the
// credentials of a credential_process, and the MFA codes of an mfa_process or of
// ykman.
//
// The config file belongs to the person, but other programs can edit it, and a
// command in it runs as the person. So the exact text of a command is confirmed by
// them before it runs ([Consent]), and again when it changes; what was refused is
// not run. Who waits for the same is asked once and has it run once: that comes
// from package session.
//
// A credential_process is split into words and run without a shell, as AWS's
// command line and boto3 run it ([Split]): "~", "$NAME" and pipes mean nothing in
// it, unless the command is a shell. An mfa_process, which is aws-vault's, goes to
// the system's shell.
//
// A command runs apart from the app: in a process group of its own, which is ended
// as a whole when nobody waits any more or at a deadline; in the person's home; with
// nothing on stdin; with the environment in which the person had the app started,
// without the variables of AWS, of Vaultbar and of the dynamic linker. [Marker] tells
// a vaultbar that it starts, through whatever else, for which commands it works, so
// that one that asks for its own credentials is refused rather than waited for.
//
// What it prints may be a secret, on stderr too: no error quotes any of it, and of
// stdout there may be 64 KiB.
//
// Start with [Runner.Run]; [Source] reads credentials ([Parse]) and [Codes] reads
// codes.
package process
