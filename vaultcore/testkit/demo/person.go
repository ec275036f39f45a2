package main

import (
	"bytes"
	"context"
	"regexp"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// person is who sits at a command's terminal: ann, who
// has her MFA device at hand. She answers what she reads, when she reads it.
type person struct {
	world awstest.World
	// wait, when set, returns when she shall type a code.
	wait  func(context.Context) error
	asked int    // how many questions there were
	codes int    // how many of them were for an MFA code
	line  []byte // where the cursor stands
}

// prompts are what ann answers, by the line that the cursor stands in.
var prompts = []struct {
	line   *regexp.Regexp
	answer func(context.Context, *person) (vaultcore.Secret, error)
}{
	{regexp.MustCompile(`^MFA code for .+: $`), func(ctx context.Context, p *person) (vaultcore.Secret, error) {
		return p.code(ctx)
	}},
	{regexp.MustCompile(` \[Y/n\] $`), func(context.Context, *person) (vaultcore.Secret, error) {
		return vaultcore.NewSecret("y"), nil
	}},
}

// read is what came onto the terminal. asked says that it asks for an answer.
func (p *person) read(ctx context.Context, text []byte) (answer vaultcore.Secret, asked bool, err error) {
	p.line = append(p.line, text...)
	if i := bytes.LastIndexAny(p.line, "\r\n"); i >= 0 {
		p.line = p.line[i+1:]
	}
	for _, prompt := range prompts {
		if prompt.line.Match(p.line) {
			p.line = nil
			p.asked++
			answer, err := prompt.answer(ctx, p)
			return answer, true, err
		}
	}
	return vaultcore.Secret{}, false, nil
}

// code is what the device shows, when it is time to type it.
func (p *person) code(ctx context.Context) (vaultcore.Secret, error) {
	p.codes++
	if p.wait != nil {
		if err := p.wait(ctx); err != nil {
			return vaultcore.Secret{}, err
		}
	}
	code, err := freshCode(ctx, p.world.MFA)
	return vaultcore.NewSecret(code), err
}
