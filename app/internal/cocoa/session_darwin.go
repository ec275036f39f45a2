package cocoa

import (
	"time"

	"github.com/ebitengine/purego/objc"
)

// Session is how the login of a person on the screen is.
type Session struct {
	OnScreen bool // it, and not another user's, has the screen
	Locked   bool
}

// CurrentSession is the session that this process belongs to. ok is false where it has no
// screen, as one that came in by ssh.
func CurrentSession() (s Session, ok bool) {
	var current func() objc.ID
	if function(coreGraphics, "CGSessionCopyCurrentDictionary", &current) != nil {
		return Session{}, false
	}
	if _, err := load(foundation); err != nil {
		return Session{}, false
	}
	entries := current()
	if entries == 0 {
		return Session{}, false
	}
	defer send(entries, "release")
	pooled(func() {
		is := func(key string) bool {
			value := send(entries, "objectForKey:", text(key))
			return value != 0 && objc.Send[bool](value, objc.RegisterName("boolValue"))
		}
		s = Session{OnScreen: is("kCGSSessionOnConsoleKey"), Locked: is("CGSSessionScreenIsLocked")}
	})
	return s, true
}

// Idle is for how long nobody has used keyboard, mouse or the like in this session. ok is
// false where that cannot be told.
func Idle() (d time.Duration, ok bool) {
	var since func(source int32, kind uint32) float64
	if function(coreGraphics, "CGEventSourceSecondsSinceLastEventType", &since) != nil {
		return 0, false
	}
	const combinedSession, anyInput = 0, ^uint32(0) // of CGEventSource.h and CGEventTypes.h
	return time.Duration(since(combinedSession, anyInput) * float64(time.Second)), true
}
