package launch

// administrators are the groups of those who can be root: root, and on Debian
// staff, which may write in /usr/local.
var administrators = []int{0, 50}
