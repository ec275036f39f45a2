package reach

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// processEnded says whether a process has ended, as far as the system tells. One that
// nobody has waited for yet has no program any more.
func processEnded(pid int) (ended, known bool) {
	if _, err := os.Readlink("/proc/self/exe"); err != nil || pid <= 0 {
		return false, false
	}
	_, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	return errors.Is(err, fs.ErrNotExist), true
}
