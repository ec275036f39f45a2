// Package login is the source of credentials that begins with a sign-in of `aws login`:
// a person signs in to AWS in their browser, as an IAM user, the root or a role, and has
// credentials of 15 minutes that are refreshed for up to 12 hours.
//
// The sign-in belongs to AWS's own tools as much as to Vaultbar. It lies in their cache,
// a file for each login_session of the config ([File]), and nowhere else: who has signed
// in by `aws login` need not again, and programs that know login_session go on working
// with what was signed in for or refreshed here. An [Entry] is such a file, of which
// everything is kept that is not known here.
//
// AWS takes a refresh token once, bound to a key ([Key]), while its tools write the file
// where it lies, without a lock. So a file that is not whole is looked at again, a
// refusal is believed only when nobody else has refreshed meanwhile, and what is
// written is written aside and renamed, in place of what it was refreshed from and of
// nothing else. A lock file of its own holds off other processes of Vaultbar.
//
// A refresh that AWS refuses is [ErrSignInEnded]: a person signs in again, by the browser
// of this computer ([Authority.Browser]) or, where there is none, by one anywhere whose
// code they bring ([Authority.Remote]). Only a person starts that. There is no call of
// AWS's that ends a sign-in: signing out removes the file.
package login
