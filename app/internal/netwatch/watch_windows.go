package netwatch

import (
	"context"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// heard is what the one callback calls: Windows keeps a callback as long as the program
// runs.
var heard struct {
	sync.Mutex
	news func() // nil while nobody watches
}

// callback is called, in a thread of the system's, for each route that comes, goes or
// changes.
var callback = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(_ unsafe.Pointer, _ *windows.MibIpForwardRow2, kind uintptr) uintptr {
		heard.Lock()
		defer heard.Unlock()
		if uint32(kind) == windows.MibAddInstance && heard.news != nil {
			heard.news()
		}
		return 0
	})
})

// watch has the system call back.
func watch(ctx context.Context, news func()) error {
	hear := func(news func()) {
		heard.Lock()
		defer heard.Unlock()
		heard.news = news
	}
	hear(news)
	defer hear(nil)
	var handle windows.Handle
	if err := windows.NotifyRouteChange2(windows.AF_UNSPEC, callback(), nil, false, &handle); err != nil {
		return fmt.Errorf("network changes are not reported: %w", err)
	}
	<-ctx.Done()
	_ = windows.CancelMibChangeNotify2(handle) // waits for a call that is under way
	return ctx.Err()
}
