package record

import (
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Who names who asked, as one harmless line: "terraform (in ~/infra, started by claude)".
func (e Entry) Who() string {
	asker, ok := e.self()
	if ok {
		return asker
	}
	first := e.Asker()
	if typed, ok := e.typed(); ok {
		first.Program = typed
	}
	caller := vaultcore.Caller{Program: first.Program, Dir: first.Dir}
	if e.Agent != first.Program {
		caller.By = e.Agent
	}
	return caller.String()
}

// Chain names who asked and what led to that, as one harmless line: "claude → zsh →
// terraform in ~/infra". It begins with the AI agent, or else with the process that leads
// the session, such as the shell of a terminal.
func (e Entry) Chain() string {
	if asker, ok := e.self(); ok {
		return asker
	}
	from := e.asker()
	first, above := e.Caller[from], e.Caller[from+1:]
	if first.Leads || first.Program == e.Agent || len(above) == 0 {
		above = nil
	} else if at := e.begins(above); at >= 0 {
		above = above[:at+1]
	}
	names := []string{vaultcore.Caller{Program: first.Program}.String()}
	if typed, ok := e.typed(); ok {
		names = append([]string{vaultcore.Caller{Program: typed}.String()}, names...)
	}
	for _, p := range above {
		names = append(names, vaultcore.Caller{Program: p.Program}.String())
	}
	if len(names) > maxNames { // who asks, who started that, and where it began
		names = slices.Concat(names[:maxNames-2], []string{"…"}, names[len(names)-1:])
	}
	slices.Reverse(names)
	line := strings.Join(names, " → ")
	if e.Agent != "" && !slices.Contains(names, vaultcore.Printable(e.Agent)) { // only a variable says so
		line = vaultcore.Printable(e.Agent) + " → … → " + line
	}
	if first.Dir != "" {
		line += " in " + vaultcore.Printable(first.Dir)
	}
	return line
}

// Asker is the process that a person would say asked; zero where it was none.
func (e Entry) Asker() Process {
	if len(e.Caller) == 0 {
		return Process{}
	}
	return e.Caller[e.asker()]
}

// maxNames is how many names a chain shows.
const maxNames = 6

// self is who asked where that was no program.
func (e Entry) self() (name string, ok bool) {
	switch {
	case e.Allowed == "click":
		return "you", true
	case e.Allowed == ByFile:
		return "an edit of the file", true
	case len(e.Caller) == 0:
		return "Vaultbar", true
	}
	return "", false
}

// asker is where in the chain the process is that a person would say asks.
func (e Entry) asker() int {
	return max(0, slices.IndexFunc(e.Caller, func(p Process) bool { return !p.Messenger }))
}

// typed is the command that the person typed into the shell that asks.
func (e Entry) typed() (name string, ok bool) {
	if e.asker() == 0 || !e.Asker().TypedInto {
		return "", false
	}
	return e.Caller[0].Program, true
}

// begins is where in a chain the part ends that says something: at the agent, else at the
// first process that leads its session; -1 for none.
func (e Entry) begins(above []Process) int {
	at := -1
	if e.Agent != "" {
		at = slices.IndexFunc(above, func(p Process) bool { return p.Program == e.Agent })
	}
	if at < 0 {
		at = slices.IndexFunc(above, func(p Process) bool { return p.Leads })
	}
	return at
}
