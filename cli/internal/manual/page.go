package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// nameOf is the name of a command's page: vaultbar-sso-sync.
func nameOf(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// page is the page of a command in the man macros.
func page(cmd *cobra.Command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s 1 \"\" Vaultbar \"Vaultbar Manual\"\n", strings.ToUpper(nameOf(cmd)))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", nameOf(cmd), escaped(lowerFirst(cmd.Short)))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", escaped(cmd.CommandPath()))
	if rest := strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath()); rest != "" {
		fmt.Fprintln(&b, guarded(escaped(strings.TrimSpace(rest))))
	}
	b.WriteString(".SH DESCRIPTION\n")
	prose(&b, cmd.Long, cmd.Short+".")
	if len(cmd.Aliases) > 0 {
		fmt.Fprintf(&b, ".PP\nAlso called: %s\n", escaped(strings.Join(cmd.Aliases, ", ")))
	}
	commands(&b, cmd)
	options(&b, cmd)
	if cmd.Example != "" {
		b.WriteString(".SH EXAMPLES\n")
		verbatim(&b, cmd.Example)
	}
	seeAlso(&b, cmd)
	return b.Bytes()
}

// prose writes paragraphs. Lines that are set in are kept as they are.
func prose(b *bytes.Buffer, long, short string) {
	if long == "" {
		long = short
	}
	for i, paragraph := range strings.Split(strings.TrimSpace(long), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if strings.HasPrefix(paragraph, "  ") {
			verbatim(b, paragraph)
			continue
		}
		for line := range strings.SplitSeq(paragraph, "\n") {
			fmt.Fprintln(b, guarded(escaped(strings.TrimSpace(line))))
		}
	}
}

// verbatim writes lines that are not to be filled.
func verbatim(b *bytes.Buffer, text string) {
	b.WriteString(".RS 4\n.nf\n")
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(b, guarded(escaped(strings.TrimPrefix(line, "  "))))
	}
	b.WriteString(".fi\n.RE\n")
}

// commands lists those below a command.
func commands(b *bytes.Buffer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	b.WriteString(".SH COMMANDS\n")
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			fmt.Fprintf(b, ".TP\n.BR %s (1)\n%s\n", escaped(nameOf(sub)), guarded(escaped(sub.Short)))
		}
	}
}

// options lists the flags, those of every command last.
func options(b *bytes.Buffer, cmd *cobra.Command) {
	b.WriteString(".SH OPTIONS\n")
	for _, flags := range []*pflag.FlagSet{cmd.NonInheritedFlags(), cmd.InheritedFlags()} {
		flags.VisitAll(func(flag *pflag.Flag) {
			if flag.Hidden {
				return
			}
			value, usage := pflag.UnquoteUsage(flag)
			name := "\\-\\-" + escaped(flag.Name)
			if flag.Shorthand != "" {
				name = "\\-" + escaped(flag.Shorthand) + ", " + name
			}
			fmt.Fprintf(b, ".TP\n\\fB%s\\fR", name)
			if value != "" {
				fmt.Fprintf(b, " \\fI%s\\fR", escaped(value))
			}
			fmt.Fprintf(b, "\n%s\n", guarded(escaped(usage)))
		})
	}
}

// seeAlso names the page above, and what every reader may want.
func seeAlso(b *bytes.Buffer, cmd *cobra.Command) {
	b.WriteString(".SH SEE ALSO\n")
	if cmd.HasParent() {
		fmt.Fprintf(b, ".BR %s (1)\n", escaped(nameOf(cmd.Parent())))
		return
	}
	b.WriteString(".BR vaultbar\\-app (1),\nthe documents in\n.IR share/doc/vaultbar ,\nand https://github.com/vaultbar/vaultbar\n")
}

// escaped is text that man shows as it is: a hyphen is a minus sign, so that it can be
// copied into a terminal.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
}

// guarded is a line that is no request of man's, whatever it begins with.
func guarded(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// lowerFirst is text as it follows a dash; an abbreviation keeps its capitals.
func lowerFirst(text string) string {
	if word, _, _ := strings.Cut(text, " "); strings.ToUpper(word) == word {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
