package awstest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// totpStep is how long one code is shown (RFC 6238).
const totpStep = 30 * time.Second

// totpDrift is how many steps before and after its own clock AWS accepts.
const totpDrift = 1

// Device is an MFA device of a user: a TOTP device, or a FIDO key, which is
// listed but has no codes.
type Device struct {
	srv     *Server
	serial  string
	seed    []byte // nil for a FIDO key
	enabled time.Time
	used    map[int64]bool // the steps whose code was accepted, each good once
}

// AcceptedCode is an MFA code that was accepted. It can never be used again.
type AcceptedCode struct {
	Time   time.Time
	Serial string
	Code   string
}

// Serial is what a client gives as SerialNumber.
func (d *Device) Serial() string { return d.serial }

// Code is the code that the device shows now, by AWS's clock.
func (d *Device) Code() string { return d.CodeAt(d.srv.Now()) }

// CodeAt is the code that the device shows at t; empty for a FIDO key.
func (d *Device) CodeAt(t time.Time) string {
	if d.seed == nil {
		return ""
	}
	return totpCode(d.seed, totpStepAt(t))
}

// FreshCode is a code that AWS has not seen and will accept for another 30 s at least:
// that of the next step, or of this one. It is empty when both are used up.
func (d *Device) FreshCode() string {
	d.srv.mu.Lock()
	defer d.srv.mu.Unlock()
	now := totpStepAt(d.srv.Now())
	for _, step := range []int64{now + 1, now} {
		if d.seed != nil && !d.used[step] {
			return totpCode(d.seed, step)
		}
	}
	return ""
}

// Seed is the shared secret in base 32, as an authenticator app takes it.
func (d *Device) Seed() vaultcore.Secret {
	return vaultcore.NewSecret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(d.seed))
}

// acceptLocked says whether the code is right now, and uses it up.
func (d *Device) acceptLocked(code string) bool {
	if d.seed == nil {
		return false
	}
	at := d.srv.Now()
	now := totpStepAt(at)
	for step := now - totpDrift; step <= now+totpDrift; step++ {
		if d.used[step] || !hmac.Equal([]byte(code), []byte(totpCode(d.seed, step))) {
			continue
		}
		d.used[step] = true
		d.srv.accepted = append(d.srv.accepted, AcceptedCode{Time: at, Serial: d.serial, Code: code})
		return true
	}
	return false
}

func totpStepAt(t time.Time) int64 { return t.Unix() / int64(totpStep/time.Second) }

// totpCode is RFC 4226's truncation of the step's HMAC-SHA-1 to six digits.
func totpCode(seed []byte, step int64) string {
	mac := hmac.New(sha1.New, seed)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1_000_000)
}
