// Package settings holds Vaultbar's own few settings, each with its default.
//
// The settings live in vaultbar/settings.ini under the user's config folder.
// The file need not exist: every setting has a default that is right for most
// people. All settings stand in one table (table.go) with their help, their
// default and their values; reading, writing and listing them is a walk over
// that table. A setting of unknown name is told and passed over; a value that
// cannot be read is an error, for a misspelled "no" must not become a "yes".
//
// Writing changes one line. The environment variables VAULTBAR_BACKEND and
// VAULTBAR_FILE_DIR, meant for machines and tests, go before the file and are
// never written to it.
//
// Start with [Load].
package settings
