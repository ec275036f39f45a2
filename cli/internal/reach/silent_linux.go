package reach

import (
	"bytes"
	"fmt"
	"os"
)

// stopped says whether a process was stopped, by a signal or by a debugger.
func stopped(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, ok := bytes.Cut(text, []byte(") ")) // the name before may hold anything, but the app's does not
	return err == nil && ok && len(state) > 0 && (state[0] == 'T' || state[0] == 't')
}
