package launch

// administrators are the groups of those who can be root: wheel and admin, which
// may write where Homebrew puts its programs.
var administrators = []int{0, 80}
