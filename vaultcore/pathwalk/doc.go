// Package pathwalk goes the way from the root of the file system to a file, link by link,
// for who must know whether somebody else could change what its path names. It opens
// nothing and decides nothing: that is for the caller. Start with Each, which is there on
// Unix alone: Windows has access lists in its place.
package pathwalk
