package socket

import "strings"

// process is what the process table says about one process.
type process struct {
	name   string
	parent int
	args   func() []string // its command line; nil where it cannot be read
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
		name := programName(p.name)
		switch {
		case name == "vaultbar", name == "aws-vault": // the latter is a link to it
		case isWindowsShell(name):
			script, command := windowsScript(p.arguments())
			if !command {
				return firstOf(script, name)
			}
		case isShell(name):
			script, command := shellScript(p.arguments())
			if !command {
				return firstOf(script, name)
			}
		case isInterpreter(name):
			return firstOf(script(p.arguments()), name)
		default:
			return name
		}
		pid = p.parent
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
			return base(arg), false
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
				return base(args[i+1]), false
			}
			return "", false
		case arg == "-ep" || arg == "-executionpolicy" || arg == "-version" || arg == "-wd" || arg == "-workingdirectory" || arg == "-windowstyle":
			i++ // its value
		case strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "/"):
		case strings.HasSuffix(arg, ".ps1"):
			return base(args[i]), false
		default:
			return "", true
		}
	}
	return "", false
}

// script is the script, module or archive that an interpreter runs. Of flags
// only those are known that take no value and those that name what is run;
// after any other it is not known what is what.
func script(args []string) string {
	for i, arg := range args {
		switch {
		case arg == "-m" || arg == "-jar":
			if i+1 < len(args) {
				return base(args[i+1])
			}
			return ""
		case !strings.HasPrefix(arg, "-"):
			return base(arg)
		case strings.Trim(arg[1:], "bBdEIOPqsSuvx") != "":
			return ""
		}
	}
	return ""
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
