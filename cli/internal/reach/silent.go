package reach

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// silentTime is how long a failure waits for the process that it is about.
const silentTime = time.Second

// Silent says what to do about an app that takes connections and does not answer:
// which process it is, and how to wake or end that.
func (a *App) Silent(ctx context.Context, err error) string {
	if !errors.Is(err, agent.ErrSilent) {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), silentTime)
	defer cancel()
	pid, ok := a.answering(ctx)
	if !ok || pid == 0 {
		return ""
	}
	const again = "; the next command starts it again, and sessions are in the keychain"
	ends := fmt.Sprintf("`"+killCommand+"` ends it", pid) + again
	if stopped(pid) {
		return fmt.Sprintf("process %d is stopped: `kill -CONT %d` resumes it\n", pid, pid) + ends
	}
	return ends
}
