package record

import "testing"

func TestWho(t *testing.T) {
	vaultbar := Process{Program: "vaultbar", Dir: "~/infra", Messenger: true}
	terraform := Process{Program: "terraform", Dir: "~/infra"}
	zsh, shell := Process{Program: "zsh", Messenger: true}, Process{Program: "zsh", Leads: true}
	typedInto := Process{Program: "zsh", Dir: "~/infra", Leads: true, TypedInto: true}
	claude, kitty := Process{Program: "claude"}, Process{Program: "kitty"}
	systemd, make := Process{Program: "systemd", Leads: true}, Process{Program: "make"}
	for _, test := range []struct {
		name       string
		entry      Entry
		who, chain string
	}{
		{"the person", Entry{Allowed: "click", Caller: []Process{{Program: "Vaultbar"}}}, "you", "you"},
		{"nobody", Entry{Allowed: ByScreen}, "Vaultbar", "Vaultbar"},
		{"a file", Entry{Allowed: ByFile}, "an edit of the file", "an edit of the file"},
		{"no rule needed to know", Entry{Caller: []Process{{PID: 9, Program: "terraform", Dir: "~/infra"}}}, "terraform (in ~/infra)", "terraform in ~/infra"},
		{"the system does not tell", Entry{Caller: []Process{{PID: 9}}}, "a program", "a program"},
		{"at a terminal", Entry{Caller: []Process{vaultbar, terraform, shell, kitty, systemd}}, "terraform (in ~/infra)", "zsh → terraform in ~/infra"},
		{"for an agent", Entry{Agent: "claude", Caller: []Process{vaultbar, terraform, zsh, claude, shell, kitty, systemd}}, "terraform (in ~/infra, started by claude)", "claude → zsh → terraform in ~/infra"},
		{"an agent itself", Entry{Agent: "claude", Caller: []Process{vaultbar, claude, shell, kitty}}, "claude", "claude"},
		{"by a variable alone", Entry{Agent: "claude", Caller: []Process{vaultbar, terraform, shell, kitty}}, "terraform (in ~/infra, started by claude)", "claude → … → zsh → terraform in ~/infra"},
		{"a shell that leads", Entry{Caller: []Process{vaultbar, shell, kitty, systemd}}, "zsh", "zsh"},
		{"a shell that is typed into", Entry{Caller: []Process{{Program: "vaultbar", Messenger: true}, typedInto, kitty, systemd}}, "vaultbar (in ~/infra)", "zsh → vaultbar in ~/infra"},
		{"such a shell itself", Entry{Caller: []Process{typedInto, kitty, systemd}}, "zsh (in ~/infra)", "zsh in ~/infra"},
		{"one of an agent", Entry{Agent: "claude", Caller: []Process{{Program: "vaultbar", Messenger: true}, typedInto, claude}}, "vaultbar (in ~/infra, started by claude)", "claude → … → zsh → vaultbar in ~/infra"},
		{"messengers alone", Entry{Caller: []Process{vaultbar, zsh}}, "vaultbar (in ~/infra)", "zsh → vaultbar in ~/infra"},
		{"a long one", Entry{Caller: []Process{vaultbar, terraform, make, make, make, make, make, make, shell}}, "terraform (in ~/infra)", "zsh → … → make → make → make → terraform in ~/infra"},
		{"what a name holds", Entry{Agent: "x\x1b[2J", Caller: []Process{{Program: "a\nb", Dir: "c\td"}}}, "ab (in cd, started by x[2J)", "x[2J → … → ab in cd"},
	} {
		if who, chain := test.entry.Who(), test.entry.Chain(); who != test.who || chain != test.chain {
			t.Errorf("%s: %q and %q, want %q and %q", test.name, who, chain, test.who, test.chain)
		}
	}
}
