package cocoa

import (
	"sync"

	"github.com/ebitengine/purego/objc"
)

// Of AEDataModel.h and the "get URL" event of a browser.
const (
	getURL       = 'G'<<24 | 'U'<<16 | 'R'<<8 | 'L' // class and id of the event
	directObject = '-'<<24 | '-'<<16 | '-'<<8 | '-' // the address in it
)

var linkTaker = sync.OnceValues(func() (objc.Class, error) {
	return objc.RegisterClass("VaultbarLinks", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{{
		Cmd: objc.RegisterName("take:reply:"),
		Fn: func(self objc.ID, _ objc.SEL, event, _ objc.ID) {
			if take, ok := observers.Load(self); ok {
				take.(func(string))(words(send(send(event, "paramDescriptorForKeyword:", uint32(directObject)), "stringValue")))
			}
		},
	}})
})

// TakeLinks calls take, on the main thread, with each link that the system hands to the
// application of this program. The loop of AppKit must not have begun: a link may be why
// the application was started.
func TakeLinks(take func(link string)) error {
	if _, err := load(foundation); err != nil {
		return err
	}
	of, err := linkTaker()
	if err != nil {
		return err
	}
	taker := send(send(objc.ID(of), "alloc"), "init")
	observers.Store(taker, take)
	pooled(func() {
		send(send(class("NSAppleEventManager"), "sharedAppleEventManager"), "setEventHandler:andSelector:forEventClass:andEventID:",
			taker, objc.RegisterName("take:reply:"), uint32(getURL), uint32(getURL))
	})
	return nil
}
