package clipboard

import (
	"context"
	"os/exec"
	"strings"
)

// The scripts go by the command line, the secret by stdin. The pasteboard counts
// its changes, which tells whether the text is still ours.
const (
	readText = `ObjC.import("AppKit");
const data = $.NSFileHandle.fileHandleWithStandardInput.readDataToEndOfFile;
const text = $.NSString.alloc.initWithDataEncoding(data, $.NSUTF8StringEncoding);
const board = $.NSPasteboard.generalPasteboard;
`
	copyScript = readText + `board.clearContents;
board.setStringForType(text, $.NSPasteboardTypeString);
String(board.changeCount);`
	// A secret stays on this machine: 1 is NSPasteboardContentsCurrentHostOnly,
	// which keeps it from the person's other devices.
	copySecretScript = readText + `board.prepareForNewContentsWithOptions(1);
board.setStringForType(text, $.NSPasteboardTypeString);
board.setStringForType($(""), $("org.nspasteboard.ConcealedType"));
board.setStringForType($(""), $("org.nspasteboard.TransientType"));
String(board.changeCount);`
	clearScript = `ObjC.import("AppKit");
const data = $.NSFileHandle.fileHandleWithStandardInput.readDataToEndOfFile;
const count = ObjC.unwrap($.NSString.alloc.initWithDataEncoding(data, $.NSUTF8StringEncoding));
const board = $.NSPasteboard.generalPasteboard;
if (String(board.changeCount) === count) board.clearContents;`
)

// hold puts the text on the pasteboard.
func hold(ctx context.Context, what content) (*holding, error) {
	text := copyScript
	if what.secret {
		text = copySecretScript
	}
	count, err := script(ctx, text, what.text.Reveal())
	if err != nil {
		return nil, err
	}
	return &holding{release: func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, _ = script(ctx, clearScript, count) // there is nobody to tell, and no second way
	}}, nil
}

// script runs a script of the system's with an input.
func script(ctx context.Context, text, input string) (string, error) {
	cmd := exec.CommandContext(ctx, "/usr/bin/osascript", "-l", "JavaScript", "-e", text)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
