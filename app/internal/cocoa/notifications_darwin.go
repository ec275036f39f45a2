package cocoa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ebitengine/purego/objc"
)

// Notification is one in the notification center.
type Notification struct {
	ID, Title, Body string
	Buttons         []Button // the center shows two, and the others in a list
}

// Button is one of a notification.
type Button struct{ Key, Label string }

// Clicked is the key for a click on a notification itself.
const Clicked = "com.apple.UNNotificationDefaultActionIdentifier"

// Of UNNotificationRequest.h, UNUserNotificationCenter.h and UNNotificationAction.h.
const (
	mayAlert      = 1 << 2      // UNAuthorizationOptionAlert
	showAndList   = 1<<3 | 1<<4 // UNNotificationPresentationOptionList and Banner
	needsUnlock   = 1 << 0      // UNNotificationActionOptionAuthenticationRequired
	centerClass   = "UNUserNotificationCenter"
	delegateClass = "VaultbarNotificationDelegate"
)

// Notifications are those of this program in the notification center, which takes them
// from programs in a bundle only. Make them with [OpenNotifications].
type Notifications struct {
	center     objc.ID
	categories sync.Map // what buttons there are, by their labels: to the category's name
	all        objc.ID  // the set of categories

	mu sync.Mutex // guards the set
}

// pressed is whom the delegate calls; there is one center in a program.
var pressed struct {
	sync.Mutex
	chosen func(id, key string)
}

// delegateOf is the class of the object to which the center tells what was pressed.
var delegateOf = sync.OnceValues(func() (objc.Class, error) {
	return objc.RegisterClass(delegateClass, objc.GetClass("NSObject"), protocols("UNUserNotificationCenterDelegate"), nil, []objc.MethodDef{{
		Cmd: objc.RegisterName("userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:"),
		Fn: func(_ objc.ID, _ objc.SEL, _, response objc.ID, done objc.Block) {
			id := words(send(send(send(response, "notification"), "request"), "identifier"))
			key := words(send(response, "actionIdentifier"))
			pressed.Lock()
			chosen := pressed.chosen
			pressed.Unlock()
			if chosen != nil {
				go chosen(id, key)
			}
			call(done)
		},
	}, {
		Cmd: objc.RegisterName("userNotificationCenter:willPresentNotification:withCompletionHandler:"),
		Fn: func(_ objc.ID, _ objc.SEL, _, _ objc.ID, done objc.Block) {
			call(done, showAndList) // also while our menu is open
		},
	}})
})

// protocols are those of the names that the system has.
func protocols(names ...string) (all []*objc.Protocol) {
	for _, name := range names {
		if p := objc.GetProtocol(name); p != nil {
			all = append(all, p)
		}
	}
	return all
}

// OpenNotifications asks the person, the first time, whether this program may notify
// them. chosen is called, on a goroutine of its own, with the id of a notification and
// the key of what was pressed. It may return: errors.ErrUnsupported for a program that is
// in no bundle or was refused, the error of ctx.
func OpenNotifications(ctx context.Context, chosen func(id, key string)) (*Notifications, error) {
	if !inBundle() {
		return nil, fmt.Errorf("%w: the program is in no application bundle", errors.ErrUnsupported)
	}
	if _, err := load(userNotifications); err != nil {
		return nil, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	of, err := delegateOf()
	if err != nil {
		return nil, err
	}
	n := new(Notifications)
	pooled(func() {
		n.center = send(class(centerClass), "currentNotificationCenter")
		n.all = send(send(class("NSMutableSet"), "alloc"), "init")
		send(n.center, "setDelegate:", send(send(objc.ID(of), "alloc"), "init"))
	})
	pressed.Lock()
	pressed.chosen = chosen
	pressed.Unlock()
	allowed, err := answered(ctx, func(reply objc.Block) {
		send(n.center, "requestAuthorizationWithOptions:completionHandler:", uint64(mayAlert), reply)
	})
	if err != nil {
		return nil, err
	}
	if !allowed {
		return nil, fmt.Errorf("%w: notifications are turned off for Vaultbar", errors.ErrUnsupported)
	}
	return n, nil
}

// answered has something done that replies with yes or no, and an error, in a block, and
// waits for it. It may return: the error of ctx.
func answered(ctx context.Context, do func(reply objc.Block)) (bool, error) {
	replies := make(chan bool, 1)
	reply := objc.NewBlock(func(_ objc.Block, yes bool, _ objc.ID) { replies <- yes })
	pooled(func() { do(reply) })
	select {
	case yes := <-replies:
		reply.Release()
		return yes, nil
	case <-ctx.Done():
		return false, ctx.Err() // the block is still to be called, and stays
	}
}

// inBundle says whether the program is that of an application: without, to ask for the
// center ends it.
func inBundle() (yes bool) {
	if _, err := load(foundation); err != nil {
		return false
	}
	pooled(func() {
		bundle := send(class("NSBundle"), "mainBundle")
		yes = strings.HasSuffix(words(send(bundle, "bundlePath")), ".app") && send(bundle, "bundleIdentifier") != 0
	})
	return yes
}

// Show shows a notification, in place of one of the same id. It may return: the error of
// ctx, an error when the center does not take it.
func (n *Notifications) Show(ctx context.Context, what Notification) error {
	taken := make(chan string, 1)
	reply := objc.NewBlock(func(_ objc.Block, failure objc.ID) {
		why := ""
		if failure != 0 {
			why = words(send(failure, "localizedDescription"))
			if why == "" {
				why = "no reason given"
			}
		}
		taken <- why
	})
	pooled(func() {
		content := send(send(send(class("UNMutableNotificationContent"), "alloc"), "init"), "autorelease")
		send(content, "setTitle:", text(what.Title))
		send(content, "setBody:", text(what.Body))
		if len(what.Buttons) > 0 {
			send(content, "setCategoryIdentifier:", text(n.category(what.Buttons)))
		}
		request := send(class("UNNotificationRequest"), "requestWithIdentifier:content:trigger:", text(what.ID), content, objc.ID(0))
		send(n.center, "addNotificationRequest:withCompletionHandler:", request, reply)
	})
	select {
	case why := <-taken:
		reply.Release()
		if why != "" {
			return fmt.Errorf("the notification center does not accept it: %s", why)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// category is the name of the category that has these buttons, which the center is told
// of before the first notification with them.
func (n *Notifications) category(buttons []Button) string {
	var labels strings.Builder
	for _, b := range buttons {
		fmt.Fprintf(&labels, "%s=%s\n", b.Key, b.Label)
	}
	name := labels.String()
	if _, known := n.categories.LoadOrStore(name, true); known {
		return name
	}
	actions := send(class("NSMutableArray"), "array")
	for _, b := range buttons {
		send(actions, "addObject:", send(class("UNNotificationAction"), "actionWithIdentifier:title:options:", text(b.Key), text(b.Label), uint64(needsUnlock)))
	}
	made := send(class("UNNotificationCategory"), "categoryWithIdentifier:actions:intentIdentifiers:options:", text(name), actions, send(class("NSArray"), "array"), uint64(0))
	n.mu.Lock()
	defer n.mu.Unlock()
	send(n.all, "addObject:", made)
	send(n.center, "setNotificationCategories:", n.all)
	return name
}

// Withdraw takes a notification off the screen and out of the center's list.
func (n *Notifications) Withdraw(id string) {
	pooled(func() {
		ids := send(class("NSArray"), "arrayWithObject:", text(id))
		send(n.center, "removePendingNotificationRequestsWithIdentifiers:", ids)
		send(n.center, "removeDeliveredNotificationsWithIdentifiers:", ids)
	})
}

// Close has nobody told any more of what is pressed.
func (n *Notifications) Close() {
	pressed.Lock()
	pressed.chosen = nil
	pressed.Unlock()
}
