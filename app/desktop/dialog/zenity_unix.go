//go:build unix && !darwin

package dialog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ncruces/zenity"
)

// The dialog library puts every text on the command line of the dialog program,
// where each user of the machine can read it. So what holds an account id or an
// ARN is shown by the program directly, which reads a list, or a text to read,
// from its input; and in what must be on the command line identifiers are
// shortened.

// dialogProgram is what is known of the program that shows dialogs.
type dialogProgram struct {
	once  sync.Once
	name  string
	named bool // it can be told the name and the icon of its windows
}

// learn finds out about the program. Zenity took the name of a window until 3.90
// and has refused to start with it since; of others nothing is known.
func (p *dialogProgram) learn(ctx context.Context) {
	p.once.Do(func() {
		for _, name := range dialogPrograms {
			if _, err := exec.LookPath(name); err == nil {
				p.name = name
				break
			}
		}
		if p.name != "zenity" {
			return
		}
		said, err := exec.CommandContext(ctx, p.name, "--version").Output()
		p.named = err == nil && namesWindows(string(said))
	})
}

// namesWindows reads a version of zenity.
func namesWindows(version string) bool {
	major, rest, _ := strings.Cut(strings.TrimSpace(version), ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return err == nil && major == "3" && n < 90
}

// The name and the class of our windows.
const (
	windowName  = "vaultbar"
	windowClass = "Vaultbar"
)

// look makes a dialog look like one of ours.
func (d *Dialogs) look(ctx context.Context) []zenity.Option {
	d.program.learn(ctx)
	if !d.program.named {
		return nil
	}
	options := []zenity.Option{zenity.ClassHint(windowName, windowClass)}
	if d.Icon != "" {
		options = append(options, zenity.WindowIcon(d.Icon))
	}
	return options
}

// Exit codes of the program.
const (
	exitClosed = 1
	exitEscape = 9 // by ZENITY_ESC: the window was closed, and no button pressed
)

// run runs the dialog program with an input, and returns what it prints.
func (d *Dialogs) run(ctx context.Context, head, input string, args ...string) (string, error) {
	d.program.learn(ctx)
	args = append(args, "--title", commandLine(head))
	if d.program.named {
		args = append(args, "--name", windowName, "--class", windowClass)
		if d.Icon != "" {
			args = append(args, "--window-icon", d.Icon)
		}
	}
	cmd := exec.CommandContext(ctx, d.program.name, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(os.Environ(), fmt.Sprintf("ZENITY_ESC=%d", exitEscape))
	out, err := cmd.Output()
	said := strings.TrimSuffix(string(out), "\n")
	var exit *exec.ExitError
	switch {
	case err == nil:
		return said, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &exit) && said != "" && (exit.ExitCode() == exitClosed || exit.ExitCode() == exitEscape):
		return said, zenity.ErrExtraButton // which the program names so
	case errors.As(err, &exit) && exit.ExitCode() == exitEscape:
		return "", errEscape
	case errors.As(err, &exit) && exit.ExitCode() == exitClosed:
		return "", zenity.ErrCanceled
	default:
		return "", err
	}
}

// errEscape is how a dialog ends that was closed by no button.
var errEscape = fmt.Errorf("%w by no button", zenity.ErrCanceled)

// showTable shows a list; the rows go by the input.
func showTable(ctx context.Context, d *Dialogs, t Table, _ []zenity.Option) (int, error) {
	columns := 1
	if len(t.Rows) > 0 {
		columns = len(t.Rows[0])
	}
	args := []string{"--list", "--text", redText(t.Text, t.Red), "--ok-label", t.Yes, "--cancel-label", t.No, "--mid-search",
		"--width", strconv.Itoa(tableWidth), "--height", strconv.FormatUint(uint64(listHeight(len(t.Rows))), 10)}
	for i := range columns {
		name := " "
		if i < len(t.Heads) {
			name = t.Heads[i]
		}
		args = append(args, "--column", name)
	}
	if len(t.Heads) == 0 {
		args = append(args, "--hide-header")
	}
	if t.Other != "" {
		args = append(args, "--extra-button", t.Other)
	}
	number := strconv.Itoa(columns + 1) // of the column that says which row it is
	args = append(args, "--column", "row", "--hide-column", number, "--print-column", number)
	var rows strings.Builder
	for i, row := range t.Rows {
		for _, cell := range row {
			if cell == "" {
				cell = " " // an empty line is no cell
			}
			rows.WriteString(cell + "\n")
		}
		rows.WriteString(strconv.Itoa(i) + "\n")
	}
	said, err := d.run(ctx, title("%s", t.Title), rows.String(), args...)
	if err != nil {
		return -1, err
	}
	at, err := strconv.Atoi(said)
	if err != nil || at < 0 || at >= len(t.Rows) {
		return -1, nil // OK without a row
	}
	return at, nil
}

// formEnd is between the lines of a form in what the program prints. No key types it.
const formEnd = "\x1f"

// showForm shows a form. What is typed comes by the output. Matedialog has no forms; and
// those of zenity do not say to a screen reader what each line is for.
func showForm(ctx context.Context, d *Dialogs, f form, options []zenity.Option) ([]string, error) {
	d.program.learn(ctx)
	if d.program.name == "matedialog" || screenReader(ctx) {
		return oneByOne(ctx, f, options)
	}
	args := []string{"--forms", "--text", listText(lines(f.lines...)), "--separator", formEnd,
		"--ok-label", f.ok, "--cancel-label", "Cancel", "--width", strconv.Itoa(width)}
	for _, field := range f.fields {
		kind := "--add-entry"
		if field.hidden {
			kind = "--add-password"
		}
		args = append(args, kind, field.label)
	}
	said, err := d.run(ctx, f.title, "", args...)
	if err != nil {
		return nil, err
	}
	typed := strings.Split(said, formEnd)
	if len(typed) != len(f.fields) { // it was pasted into one of them
		return make([]string, len(f.fields)), nil
	}
	return typed, nil
}

// showPage shows something to read with buttons below it: by the library, or by
// the input when it must not be on the command line or its columns matter.
func showPage(ctx context.Context, d *Dialogs, head string, p page, options []zenity.Option) error {
	if !p.aligned && !private(p.text) {
		return zenity.Question(messageText(p.text), options...)
	}
	ok, extra := p.buttons()
	args := []string{"--ok-label", p.labels[ok], "--cancel-label", p.labels[0]}
	if extra > 0 {
		args = append(args, "--extra-button", p.labels[extra])
	}
	if p.risky { // there is no way to have Return mean the other button
		args = append(args, "--checkbox", "I have read it")
	}
	if p.aligned {
		args = append(args, "--font", "Monospace 10")
	}
	text := p.text
	if !p.aligned {
		text = wrap(text)
	}
	_, err := d.text(ctx, head, text, args...)
	return err
}

// buttoned says whether the program shows a question with as many buttons as there are
// choices, and its text with colors. The library has it show neither.
func (d *Dialogs) buttoned(ctx context.Context) bool {
	d.program.learn(ctx)
	return d.program.name == "zenity"
}

// question shows such a question, and returns which of its buttons was pressed. It is
// risky: the keyboard is at the first, which is the refusal.
func (d *Dialogs) question(ctx context.Context, head string, timeout time.Duration, p page) (at int, err error) {
	args := []string{"--question", "--icon-name", "dialog-warning", "--width", strconv.Itoa(width), "--text", redText(p.text, p.red), "--switch"}
	for _, label := range p.labels {
		args = append(args, "--extra-button", label)
	}
	_, err = d.open(ctx, box{head, timeout, func(ctx context.Context, _ []zenity.Option) (string, error) {
		said, err := d.run(ctx, head, "", args...)
		if errors.Is(err, zenity.ErrExtraButton) {
			at, err = max(slices.Index(p.labels, said), 0), nil
		}
		return "", err
	}})
	if isNo(err) {
		return 0, nil
	}
	return at, err
}

// showNews shows something to read. What holds identifiers can be copied as a
// whole, where the program tells that button from the closing of its window.
func showNews(ctx context.Context, d *Dialogs, head, text string, kind func(string, ...zenity.Option) error, options []zenity.Option) error {
	if !private(text) {
		return kind(messageText(text), options...)
	}
	d.program.learn(ctx)
	second := "Close"
	copies := d.program.named && d.Copy != nil
	if copies {
		second = "Copy text"
	}
	_, err := d.text(ctx, head, wrap(text), "--ok-label", "OK", "--cancel-label", second)
	if copies && errors.Is(err, zenity.ErrCanceled) && !errors.Is(err, errEscape) && d.Missing() == nil {
		return d.Copy(ctx, text)
	}
	return err
}

// text shows a text that goes by the input.
func (d *Dialogs) text(ctx context.Context, head, text string, args ...string) (string, error) {
	const wide, frame, most = 640, 110, 560
	height := min(frame+rowHeight*(strings.Count(text, "\n")+2), most)
	return d.run(ctx, head, text, append([]string{"--text-info", "--width", strconv.Itoa(wide), "--height", strconv.Itoa(height)}, args...)...)
}
