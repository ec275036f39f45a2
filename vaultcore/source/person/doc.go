// Package person has a person sign in, for every source of credentials that needs
// one to.
//
// However many programs and profiles wait for a sign-in, one is under way at a time
// ([SignIns.Share]). It belongs to all who wait: whoever started it may leave, it ends
// with the last one, and its questions name and reach them all.
//
// Only a person starts a sign-in ([Attempt.SignIn]), since a browser that is still
// signed in asks nothing and a device code can be phished: by a click, at a terminal
// that the system knows them to sit at, or by saying yes to a question that says who
// needs it. Where one comes to wait meanwhile who is there in person, that is their
// yes; who asks to sign in while a page is open already, which they may have closed,
// is shown a new one.
//
// What is signed in to, and what the browser is sent for, is the source's part.
package person
