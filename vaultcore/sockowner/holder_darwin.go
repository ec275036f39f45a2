package sockowner

import "net/netip"

// Holders are not told: the tables of macOS name the user of a socket and not its
// process.
func Holders(_, _ netip.AddrPort) (all []Program, known bool) { return nil, false }
