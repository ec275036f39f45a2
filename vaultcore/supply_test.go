package vaultcore_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// linked is every module in the app's binary, and why it is there. A new one
// needs a reason of its own.
var linked = map[string]string{
	"fyne.io/systray":                                               "the menu bar",
	"github.com/esiqveland/notify":                                  "of beeep",
	"github.com/gen2brain/beeep":                                    "notifications where there are no buttons",
	"github.com/ncruces/zenity":                                     "dialogs",
	"golang.org/x/image":                                            "of zenity: its colours",
	"github.com/jezek/xgb":                                          "a clipboard that is marked as secret, dialogs in front",
	"github.com/godbus/dbus/v5":                                     "notifications with buttons, the screen's lock",
	"github.com/99designs/keyring":                                  "the OS keychain",
	"github.com/dvsekhvalnov/jose2go":                               "of keyring: its encrypted files",
	"github.com/godbus/dbus":                                        "of keyring: the Secret Service",
	"github.com/gsterjov/go-libsecret":                              "of keyring: the Secret Service",
	"github.com/mtibben/percent":                                    "of keyring: names of files",
	"golang.org/x/net":                                              "which hosts NO_PROXY excepts",
	"golang.org/x/crypto":                                           "Argon2id",
	"golang.org/x/text":                                             "how wide the names of profiles are",
	"golang.org/x/term":                                             "of keyring: prompts that are never used",
	"github.com/aws/aws-sdk-go-v2":                                  "STS and IAM",
	"github.com/aws/aws-sdk-go-v2/internal/configsources":           "of the AWS SDK",
	"github.com/aws/aws-sdk-go-v2/internal/endpoints/v2":            "of the AWS SDK",
	"github.com/aws/aws-sdk-go-v2/internal/v4a":                     "of the AWS SDK",
	"github.com/aws/aws-sdk-go-v2/service/iam":                      "a user's MFA devices",
	"github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding": "of the AWS SDK",
	"github.com/aws/aws-sdk-go-v2/service/internal/presigned-url":   "of the AWS SDK",
	"github.com/aws/aws-sdk-go-v2/service/sts":                      "sessions and roles",
	"github.com/aws/smithy-go":                                      "of the AWS SDK",
	"github.com/fsnotify/fsnotify":                                  "edits of the config file are noticed",
	"github.com/rogpeppe/go-internal":                               "setup shows the change it would make",
	"golang.org/x/sync":                                             "the app's parts end together",
	"golang.org/x/sys":                                              "peers of the socket, no core files",
	"gopkg.in/ini.v1":                                               "values of INI files",
	"gopkg.in/natefinch/lumberjack.v2":                              "the log is cut",
}

func TestEveryLinkedModuleHasAReason(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./app")
	command.Dir = ".."
	command.Env = append(command.Environ(), "GOOS=linux")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	slices.Sort(modules)
	modules = slices.Compact(modules)
	for _, name := range modules {
		if own := name+"/" == module; linked[name] == "" && !own {
			t.Errorf("the app links %s: say why, or leave it out", name)
		}
	}
	for name := range linked {
		if !slices.Contains(modules, name) {
			t.Errorf("%s is no longer linked: take its line out", name)
		}
	}
}
