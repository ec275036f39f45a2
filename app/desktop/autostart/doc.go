// Package autostart has a program started when the person logs in. Only our own
// entry is touched.
//
// Start with [Set].
package autostart
