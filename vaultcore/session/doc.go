// Package session walks plans: it turns the steps that package plan decided on
// into credentials, keeps what it gets, renews it ahead of time, and shares the
// work among all who want the same.
//
// A [Pool] owns every session. Its state has one owner and one lock, which is
// never held across I/O. Callers that want one session share one flight; the
// flight belongs to the pool, so that one caller who leaves fails nobody else,
// and when the last caller leaves, the flight ends and its question closes.
//
// A session is kept under a fingerprint of everything that changes the result,
// so an edit of the config file never hands out a session of the old one. Time
// is wall-clock time, checked at each use: nothing that has expired is served,
// not after a suspend either.
//
// What carries out a step is a [Source], one for each kind of step: the pool knows no
// AWS, no keychain, no desktop and no kind. A source asks people by itself; that they
// are asked once, for all who wait, comes from the pool. What it keeps over a restart
// is in an [Archive]. Start with [Pool.Get].
package session
