package socket

import (
	"slices"
	"strings"
)

// This file is about programs that do what a script says: which script a command line has
// them run. A grant is bound to what is in that file, so a command line that is not wholly
// understood has none: a value that is taken for the script would let any other one have
// what this one was allowed.

func isShell(name string) bool {
	switch name {
	case "sh", "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "mksh", "nu", "tcsh", "yash", "zsh":
		return true
	}
	return false
}

func isInterpreter(name string) bool {
	_, ok := plainFlags[family(name)]
	return ok
}

// family is an interpreter's name without its version.
func family(name string) string { return strings.TrimRight(name, "0123456789.") }

// plainFlags are, of each interpreter, the flags of one letter that take no value, and
// leave it at what script is run.
var plainFlags = map[string]string{
	"python": "bBdEIOPqsSuvx", "pypy": "bBdEIOqsSuvx", "perl": "wWtT", "ruby": "w", "php": "nq",
	"node": "", "nodejs": "", "java": "", "deno": "", "bun": "",
	"lua": "W", "luajit": "", "Rscript": "", "tclsh": "", "expect": "", "wish": "", "julia": "", "guile": "",
}

// isRunner says whether a program does what some file of the person's says, or its
// arguments do, so that it says nothing itself.
func isRunner(name string) bool {
	switch family(name) {
	case "R", "awk", "bunx", "busybox", "bwrap", "cargo", "docker", "dotnet", "emacs", "entr", "env", "find", "flock", "gawk", "gdb", "go", "ionice", "just", "ld-linux-x86-64.so",
		"ld-linux-aarch64.so", "lldb", "make", "gmake", "mawk", "mono", "nice", "ninja", "nohup", "npm", "npx", "nvim", "osascript", "parallel", "pnpm", "podman", "rake",
		"script", "screen", "setsid", "socat", "stdbuf", "strace", "sudo", "systemd-run", "task", "time", "timeout", "tmux", "unshare", "uv", "uvx", "vi", "vim",
		"watch", "xargs", "yarn":
		return true
	}
	return false
}

// Flags of shells that take no value, and leave it at what script is run.
const plainLetters = "eilnuvx"

var plainWords = []string{"--login", "--norc", "--noprofile", "--posix"}

// shellScript is the script that a shell runs, or says that it runs a command
// given by -c. Neither is so of a shell that a person types into, or whose flags are not
// all understood.
func shellScript(args []string) (script string, command bool) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		letters := strings.TrimLeft(arg, "-+")
		switch {
		case arg == "" || letters == arg:
			return arg, false
		case letters == "": // the end of the flags, or stdin
			return "", false
		case strings.HasPrefix(arg, "--"):
			if !slices.Contains(plainWords, arg) {
				return "", false
			}
		case strings.Contains(letters, "c") && arg[0] == '-':
			return "", true
		case strings.Trim(strings.TrimSuffix(letters, "o"), plainLetters) != "":
			return "", false
		case strings.HasSuffix(letters, "o"):
			i++ // the name of an option
		}
	}
	return "", false
}

func isWindowsShell(name string) bool { return name == "cmd" || name == "powershell" || name == "pwsh" }

// windowsScript is shellScript for cmd and PowerShell, which take a flag in any case.
func windowsScript(args []string) (script string, command bool) {
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

// interpreted is the script or archive that an interpreter runs, or its module; empty
// where its flags are not all understood.
func interpreted(interpreter string, args []string) (script string, module bool) {
	kind := family(interpreter)
	for i, arg := range args {
		switch {
		case arg == "-m" && kind == "python", arg == "-jar" && kind == "java":
			if i+1 < len(args) {
				return args[i+1], arg == "-m"
			}
			return "", false
		case !strings.HasPrefix(arg, "-"):
			if kind == "java" || kind == "deno" || kind == "bun" || arg == "inspect" { // a class, or a command of its own
				return "", false
			}
			return arg, false
		case arg == "-" || strings.Trim(arg[1:], plainFlags[kind]) != "":
			return "", false
		}
	}
	return "", false
}
