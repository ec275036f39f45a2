package access

import (
	"path"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// knownAgent is an AI agent that runs programs for a person.
type knownAgent struct {
	name     string
	programs []string // what its executable is called
	scripts  []string // what the path of its script contains, where an interpreter runs it
	variable string   // which it sets for the programs that it runs; empty where it sets none
}

// knownAgents are recognized by their processes, or by the variable that they set for
// what they run: a program that takes the variable out is still below the process. AWS
// Copilot and the goose that migrates databases are other programs of the same name.
// The variables are those that the agents document or are seen to set, as is also
// collected by the detect-agent package of Vercel and by the AWS CDK.
var knownAgents = []knownAgent{
	{"aider", []string{"aider"}, nil, ""},
	{"amazon-q", []string{"qchat"}, nil, ""},
	{"amp", []string{"amp"}, []string{"/@sourcegraph/amp/"}, ""},
	{"auggie", []string{"auggie"}, []string{"/@augmentcode/auggie/"}, "AUGMENT_AGENT"},
	{"claude", []string{"claude"}, []string{"/@anthropic-ai/claude-code/"}, "CLAUDECODE"},
	{"cline", []string{"cline"}, nil, "CLINE_ACTIVE"},
	{"codex", []string{"codex"}, []string{"/@openai/codex/"}, "CODEX_SANDBOX"},
	{"codex", nil, nil, "CODEX_THREAD_ID"},
	{"copilot", nil, []string{"/@github/copilot/"}, "COPILOT_CLI"},
	{"crush", []string{"crush"}, nil, ""},
	{"cursor-agent", []string{"cursor-agent"}, nil, "CURSOR_AGENT"},
	{"droid", []string{"droid"}, nil, ""},
	{"gemini", []string{"gemini"}, []string{"/@google/gemini-cli/"}, "GEMINI_CLI"},
	{"goose", nil, nil, "GOOSE_TERMINAL"},
	{"kiro", []string{"kiro-cli", "kiro-cli-chat"}, nil, ""},
	{"opencode", []string{"opencode"}, []string{"/opencode-ai/"}, "OPENCODE"},
	{"openhands", []string{"openhands"}, nil, ""},
	{"qwen", []string{"qwen"}, []string{"/@qwen-code/qwen-code/"}, "QWEN_CODE"},
}

// AgentNames are the agents that are known, by name.
func AgentNames() []string {
	var names []string
	for _, agent := range knownAgents {
		names = append(names, agent.name)
	}
	return slices.Compact(names)
}

// anyAgent is the variable by which agents agree to name themselves.
const anyAgent = "AI_AGENT"

// agentOf is the agent that a caller works for, by the processes that lead to it or by
// its variables; empty where neither says that there is one. others are programs that
// are agents too. at is where in the chain the agent is, -1 where only a variable says
// that there is one.
func agentOf(chain vaultcore.Chain, env vaultcore.Environment, others []string) (name string, at int) {
	for at, p := range chain {
		if name := agentProcess(p, others); name != "" {
			return name, at
		}
	}
	for _, agent := range knownAgents {
		if agent.variable != "" && env.Get(agent.variable) != "" {
			return agent.name, -1
		}
	}
	if name := env.Get(anyAgent); name != "" {
		return vaultcore.PrintableUpTo(name, 40), -1
	}
	return "", -1
}

// agentProcess is the agent that a process is, or empty.
func agentProcess(p vaultcore.Process, others []string) string {
	file := path.Base(strings.ReplaceAll(p.Path, `\`, "/"))
	script := strings.ReplaceAll(p.Script, `\`, "/")
	for _, agent := range knownAgents {
		if slices.Contains(agent.programs, p.Program) || slices.Contains(agent.programs, strings.TrimSuffix(file, ".exe")) ||
			slices.ContainsFunc(agent.scripts, func(part string) bool { return strings.Contains(script, part) }) {
			return agent.name
		}
	}
	if slices.Contains(others, p.Program) || slices.Contains(others, file) {
		return p.Program
	}
	return ""
}
