package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// deviceName is the command that prints what ann's MFA device shows.
const deviceName = "mfa-code"

// deviceVariable tells the command where the device is: a socket of the demo.
const deviceVariable = "VAULTBAR_DEMO_DEVICE"

// codeTime is the longest that a device may take for a code that was not used
// yet: AWS takes one a 30 s step, and knows three steps at a time.
const codeTime = time.Minute

// freshCode waits for a code that AWS has not seen. A code is good once, so who
// is asked twice within 30 s needs a later one.
func freshCode(ctx context.Context, device *awstest.Device) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, codeTime)
	defer cancel()
	for {
		if code := device.FreshCode(); code != "" {
			return code, nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return "", fmt.Errorf("the MFA device has no code that was not used: %w", ctx.Err())
		}
	}
}

// serveCodes answers each connection with a fresh code, until the listener is
// closed.
func serveCodes(listener net.Listener, device *awstest.Device) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			if code, err := freshCode(context.Background(), device); err == nil {
				_, _ = io.WriteString(conn, code+"\n")
			}
		}()
	}
}

// showCode is the command: it prints one code.
func showCode(stdout, stderr io.Writer) int {
	code, err := fetchCode(os.Getenv(deviceVariable), stderr)
	if err == nil {
		_, err = fmt.Fprintln(stdout, code)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", deviceName, err)
		return exitFailed
	}
	return exitDone
}

// fetchCode asks the device for a code, and says when that takes time.
func fetchCode(path string, stderr io.Writer) (string, error) {
	conn, err := net.DialTimeout("unix", path, 5*time.Second)
	if err != nil {
		return "", fmt.Errorf("the demo's MFA device does not answer: %w", err)
	}
	defer func() { _ = conn.Close() }()
	slow := time.AfterFunc(time.Second, func() {
		_, _ = fmt.Fprintln(stderr, "waiting for the next code: the last ones are used up …")
	})
	defer slow.Stop()
	if err := conn.SetReadDeadline(time.Now().Add(codeTime + 5*time.Second)); err != nil {
		return "", err
	}
	reply, err := io.ReadAll(conn)
	code := strings.TrimSpace(string(reply))
	if err == nil && code == "" {
		err = io.ErrUnexpectedEOF
	}
	return code, err
}
