package cocoa

import (
	"sync"

	"github.com/ebitengine/purego/objc"
)

// The notes of the system about the person's session and the machine. The first two are
// in no document of Apple's; password managers and others have relied on them since OS X
// 10.7.
const (
	ScreenIsLocked   = "com.apple.screenIsLocked"
	ScreenIsUnlocked = "com.apple.screenIsUnlocked"
	WillSleep        = "NSWorkspaceWillSleepNotification"              // the machine waits until it was heard, up to 30 s
	DidWake          = "NSWorkspaceDidWakeNotification"                //
	SwitchedAway     = "NSWorkspaceSessionDidResignActiveNotification" // another user has the screen
	SwitchedBack     = "NSWorkspaceSessionDidBecomeActiveNotification"
)

// observers are the functions that hear what the system has for an object of ours.
var observers sync.Map // of objc.ID to func(string)

// observerClass is the class of those objects.
var observerClass = sync.OnceValues(func() (objc.Class, error) {
	return objc.RegisterClass("VaultbarObserver", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{{
		Cmd: objc.RegisterName("heard:"),
		Fn: func(self objc.ID, _ objc.SEL, note objc.ID) {
			if hear, ok := observers.Load(self); ok {
				hear.(func(string))(words(send(note, "name")))
			}
		},
	}})
})

// Listen calls hear for each note of the session and of the machine, on the main thread,
// until stop is called. It may return an error where the frameworks cannot be loaded.
func Listen(hear func(note string)) (stop func(), err error) {
	if _, err := load(appKit); err != nil {
		return nil, err
	}
	of, err := observerClass()
	if err != nil {
		return nil, err
	}
	observer := send(send(objc.ID(of), "alloc"), "init")
	observers.Store(observer, hear)
	var distributed, workspace objc.ID
	pooled(func() {
		distributed = send(class("NSDistributedNotificationCenter"), "defaultCenter")
		workspace = send(send(class("NSWorkspace"), "sharedWorkspace"), "notificationCenter")
		for _, name := range []string{ScreenIsLocked, ScreenIsUnlocked} {
			observe(distributed, observer, name)
		}
		for _, name := range []string{WillSleep, DidWake, SwitchedAway, SwitchedBack} {
			observe(workspace, observer, name)
		}
	})
	return func() {
		send(distributed, "removeObserver:", observer)
		send(workspace, "removeObserver:", observer)
		observers.Delete(observer)
		send(observer, "release")
	}, nil
}

func observe(center, observer objc.ID, name string) {
	send(center, "addObserver:selector:name:object:", observer, objc.RegisterName("heard:"), text(name), objc.ID(0))
}
