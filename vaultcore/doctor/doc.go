// Package doctor says what is wrong with how a person's AWS tools and Vaultbar are set
// up, and what to do about it: `vaultbar doctor`, and the menu's About.
//
// It looks first and judges afterwards. [Look] reads the files and the environment, and
// its caller adds what is known of the app: the result is [Facts]. [Examine] is a table of
// checks over these facts, each of which gives one line or more, and [Searches] says of
// one profile which of the places where AWS's tools look for credentials they use, and
// why. Both are pure. What a profile's settings mean, which plan comes of them and which
// keys are in plain text is found out by the packages that everything else asks too
// (awsconfig, plan).
//
// It works without the app and without a desktop, asks nobody, calls no network, runs
// none of the programs that it looks for, and writes nothing. A fact holds no secret: of
// the environment it takes whether a variable with one is set.
package doctor
