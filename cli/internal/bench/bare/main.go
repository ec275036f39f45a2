// Command bare does the least that a client of a local socket can do: it sends
// its second argument as a line to the socket named by its first, and prints the
// line that comes back. The work of vaultbar is measured against it.
package main

import (
	"bufio"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("unix", os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	if _, err := conn.Write([]byte(os.Args[2] + "\n")); err != nil {
		os.Exit(1)
	}
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(line); err != nil {
		os.Exit(1)
	}
}
