package socket

import "strings"

// process is what the process table says about one process.
type process struct {
	name     string // which a process can give itself
	parent   int
	started  uint64
	leads    bool            // its session
	terminal string          // that it is attached to; empty for none
	args     func() []string // its command line; nil where it cannot be read
	file     func() string   // the path of its executable; nil where there is nothing but the name
	ours     func() bool     // whether that is the vaultbar command; nil where there is nothing but the name
	dir      func() string   // its working directory, whole; nil where the system does not tell
	altered  func() bool     // whether others can change what it does: a debugger, or libraries put into it; nil where that cannot be
}

// maxAncestors is how far a name is looked for.
const maxAncestors = 8

// nameOf finds a name that means something to a person: of the process itself,
// or, when it only carries messages (vaultbar, a shell that runs one command),
// of the one that started it. An interpreter is called by its script, and what a
// person types into a shell by the command.
func nameOf(pid int, look func(pid int) (process, bool)) string {
	var typed string
	for range maxAncestors {
		p, ok := look(pid)
		if !ok {
			return ""
		}
		found := p.called()
		switch {
		case found.typedInto && typed != "":
			return typed
		case !found.messenger:
			return found.name
		case typed == "":
			typed = p.command(found.name)
		}
		pid = p.parent
	}
	return ""
}

// command is the beginning of a command line of vaultbar: its name, and what follows
// where that can be nothing but a command of it, as in "vaultbar signin".
func (p process) command(name string) string {
	args := p.arguments()
	if len(args) == 0 || strings.Trim(args[0], "abcdefghijklmnopqrstuvwxyz") != "" {
		return name
	}
	return name + " " + args[0]
}

// uncut is the name of a process, of which the system keeps so many characters: where it
// may have been longer the executable has it whole.
func uncut(name string, kept int, path func() string) string {
	if len(name) < kept {
		return name
	}
	return firstOf(base(path()), name)
}

// path is that of its executable; empty where it is not known.
func (p process) path() string {
	if p.file == nil {
		return ""
	}
	return p.file()
}

// folder is its working directory; empty where that is not known.
func (p process) folder() string {
	if p.dir == nil {
		return ""
	}
	return p.dir()
}

// called is what a person calls a process.
type called struct {
	name      string
	renamed   bool   // its executable has another name
	messenger bool   // it only carries messages
	script    string // the path of the script that it runs, as it was given; empty for none
	open      bool   // it runs what it is told to: no file says what
	typedInto bool   // it is a shell that a person types into, as far as its arguments tell
}

// called says so by the executable, where that is known: of a name alone nothing
// follows, for a process gives itself any.
func (p process) called() called {
	name := programName(p.name)
	is := firstOf(programName(base(p.path())), name)
	if is == "busybox" {
		is = firstOf(p.applet(), is)
	}
	var script string
	var command bool
	switch {
	case is == "vaultbar", is == "aws-vault": // the latter is a link to it
		ours := p.ours == nil || p.ours()
		return called{name: name, messenger: ours, renamed: !ours}
	case isWindowsShell(is):
		script, command = windowsScript(p.arguments())
	case isShell(is):
		script, command = shellScript(p.arguments())
	case isInterpreter(is):
		var module bool
		if script, module = interpreted(is, p.arguments()); module { // which its name does not lead to
			return called{name: firstOf(base(script), name), open: true}
		}
	default:
		return called{name: name, renamed: name != is, open: isRunner(is)}
	}
	return called{
		name: firstOf(base(script), name), messenger: command, script: script, open: script == "",
		typedInto: script == "" && !command && (isShell(is) || isWindowsShell(is)),
		renamed:   script == "" && name != is && !isShell(name) && !isInterpreter(name),
	}
}

// applet is the shell as which busybox was called, or empty.
func (p process) applet() string {
	if p.args == nil {
		return ""
	}
	args := p.args()
	if len(args) == 0 {
		return ""
	}
	if name := strings.TrimPrefix(base(args[0]), "-"); isShell(name) {
		return name
	}
	return ""
}

// programName is a name without what Windows adds to it, where letters and capitals
// are the same.
func programName(name string) string {
	if at := len(name) - len(".exe"); at > 0 && strings.EqualFold(name[at:], ".exe") {
		return strings.ToLower(name[:at])
	}
	return name
}

// arguments are those after the program's own name.
func (p process) arguments() []string {
	if p.args == nil {
		return nil
	}
	args := p.args()
	if len(args) == 0 {
		return nil
	}
	return args[1:]
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// base is the last element of a path of any system.
func base(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
