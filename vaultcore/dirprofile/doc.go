// Package dirprofile reads the file .vaultbar, by which a folder names the profile
// that is used in it and in the folders below.
//
// The file says one name and may have comments; there is no way to say anything else
// in it, so that it can never choose an endpoint, a command or a file. What it says
// counts only once the person has trusted it: [File.Path] and every byte of
// [File.Text], as they were read at once. Whoever changes the file, by whatever right
// and at whatever moment, has it asked about again, so neither its owner nor its mode
// matters, and links to it are followed. A trusted file is no approval: a protected
// profile asks as ever.
//
// [Find] goes up from a folder, to the home where the folder is in it, else to the root.
// The nearest file counts. One that is not trusted, or cannot be used, hides those above
// it: falling back to them would have its writer choose among what is trusted.
//
// Trust is kept by the app in its state folder, as a [List] that only the app writes and
// that the command reads by itself: a prompt neither waits for the app nor starts it.
package dirprofile
