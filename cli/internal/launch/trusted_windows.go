package launch

import (
	"golang.org/x/sys/windows"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// trustedInstaller owns what Windows itself installs.
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// trusted says whether a program belongs to us or to an administrator: it gets
// every key that is added. Who may write to it is the business of the folder that
// its owner has put it in. It may return: ErrUnreachable.
func trusted(path string) error {
	descriptor, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return cannotStart(path, err)
	}
	owner, _, err := descriptor.Owner()
	if err != nil {
		return cannotStart(path, err)
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return cannotStart(path, err)
	}
	if owner.Equals(user.User.Sid) || owner.String() == trustedInstaller ||
		owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running, and %s is not started: it belongs to another user", path).
		WithHint("the app handles your keys: install it as yourself or as an administrator, or name another one with VAULTBAR_APP")
}
