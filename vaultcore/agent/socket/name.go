package socket

import "strings"

// process is what the process table says about one process.
type process struct {
	name     string
	parent   int
	started  uint64
	leads    bool            // its session
	terminal string          // that it is attached to; empty for none
	args     func() []string // its command line; nil where it cannot be read
	more     func() details  // what takes longer; nil where there is none
}

// details are where a process runs, and what.
type details struct {
	path, dir string // the executable; the working directory, whole
	altered   bool   // others can change what it does: a debugger, or libraries put into it
}

// maxAncestors is how far a name is looked for.
const maxAncestors = 8

// nameOf finds a name that means something to a person: of the process itself,
// or, when it only carries messages (vaultbar, a shell that runs one command),
// of the one that started it. An interpreter is called by its script.
func nameOf(pid int, look func(pid int) (process, bool)) string {
	for range maxAncestors {
		p, ok := look(pid)
		if !ok {
			return ""
		}
		if found := p.called(); !found.messenger {
			return found.name
		}
		pid = p.parent
	}
	return ""
}

// called is what a person calls a process.
type called struct {
	name      string
	messenger bool   // it only carries messages
	script    string // the path of the script that it runs, as it was given; empty for none
	open      bool   // it runs what it is told to: no file says what
}

func (p process) called() called {
	name := programName(p.name)
	var script string
	var command bool
	switch {
	case name == "vaultbar", name == "aws-vault": // the latter is a link to it
		return called{name: name, messenger: true}
	case isWindowsShell(name):
		script, command = windowsScript(p.arguments())
	case isShell(name):
		script, command = shellScript(p.arguments())
	case isInterpreter(name):
		script, command = interpreted(p.arguments())
		if command { // a module, which its name does not lead to
			return called{name: firstOf(base(script), name), open: true}
		}
	default:
		return called{name: name, open: isRunner(name)}
	}
	return called{name: firstOf(base(script), name), messenger: command, script: script, open: script == ""}
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

func isShell(name string) bool {
	switch name {
	case "sh", "ash", "bash", "dash", "fish", "ksh", "mksh", "zsh", "busybox":
		return true
	}
	return false
}

func isInterpreter(name string) bool {
	switch strings.TrimRight(name, "0123456789.") {
	case "python", "pypy", "node", "nodejs", "ruby", "perl", "php", "java", "deno", "bun":
		return true
	}
	return false
}

// isRunner says whether a program does what some file of the person's says, or its
// arguments do, so that it says nothing itself.
func isRunner(name string) bool {
	switch name {
	case "awk", "bun", "bunx", "busybox", "bwrap", "docker", "emacs", "entr", "env", "find", "flock", "gawk", "gdb", "just", "lldb", "make", "gmake",
		"mawk", "nice", "ninja", "nohup", "npm", "npx", "nvim", "parallel", "pnpm", "podman", "rake", "script", "screen", "setsid", "strace", "sudo",
		"systemd-run", "task", "time", "timeout", "tmux", "uv", "uvx", "vi", "vim", "watch", "xargs", "yarn":
		return true
	}
	return false
}

// shellScript is the script that a shell runs, or says that it runs a command
// given by -c. Neither is so of a shell that a person types into.
func shellScript(args []string) (name string, command bool) {
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "--"):
		case strings.HasPrefix(arg, "-"):
			if strings.Contains(arg, "c") {
				return "", true
			}
		default:
			return arg, false
		}
	}
	return "", false
}

func isWindowsShell(name string) bool { return name == "cmd" || name == "powershell" || name == "pwsh" }

// windowsScript is shellScript for cmd and PowerShell, which take a flag in any case.
func windowsScript(args []string) (name string, command bool) {
	for i := 0; i < len(args); i++ {
		switch arg := strings.ToLower(args[i]); {
		case arg == "/c" || arg == "-c" || arg == "-command" || arg == "-e" || arg == "-ec" || arg == "-encodedcommand":
			return "", true
		case arg == "-f" || arg == "-file":
			if i+1 < len(args) {
				return args[i+1], false
			}
			return "", false
		case arg == "-ep" || arg == "-executionpolicy" || arg == "-version" || arg == "-wd" || arg == "-workingdirectory" || arg == "-windowstyle":
			i++ // its value
		case strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "/"):
		case strings.HasSuffix(arg, ".ps1"):
			return args[i], false
		default:
			return "", true
		}
	}
	return "", false
}

// interpreted is the script or archive that an interpreter runs, or its module. Of
// flags only those are known that take no value and those that name what is run;
// after any other it is not known what is what.
func interpreted(args []string) (script string, module bool) {
	for i, arg := range args {
		switch {
		case arg == "-m" || arg == "-jar":
			if i+1 < len(args) {
				return args[i+1], arg == "-m"
			}
			return "", false
		case !strings.HasPrefix(arg, "-"):
			return arg, false
		case strings.Trim(arg[1:], "bBdEIOPqsSuvx") != "":
			return "", false
		}
	}
	return "", false
}

// base is the last element of a path of any system.
func base(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// shortenHome writes ~ for the home folder.
func shortenHome(dir, home string) string {
	if home == "" || home == "/" {
		return dir
	}
	rest, ok := strings.CutPrefix(dir, home)
	switch {
	case ok && rest == "":
		return "~"
	case ok && rest[0] == '/':
		return "~" + rest
	}
	return dir
}
