// Package packaging is what surrounds the programs on a person's machine: the
// installer with its desktop entries and service files, the documents, and in
// folders shell and docker what ties the command into shells and containers. It is
// data: the only code is tests. One installs all of it and looks at what came out; two
// look at the repository as a whole: which package may use which, and which library
// (architecture_test.go), and why each module is there (supply_test.go). Folder dist makes
// what is released of the same data, with the tools of tools.mod.
//
// Start with install.sh, which has the list of what goes where.
package packaging
