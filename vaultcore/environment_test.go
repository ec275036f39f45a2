package vaultcore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func TestEnvironmentFrom(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	bundle := filepath.Join(dir, "ca.pem")
	set := map[string]string{
		"AWS_CONFIG_FILE": "work/config", "AWS_SHARED_CREDENTIALS_FILE": "~/keys", "AWS_CA_BUNDLE": bundle,
		"SSL_CERT_DIR": "a" + string(filepath.ListSeparator) + filepath.Join(dir, "b"),
		"HTTPS_PROXY":  "http://big:1", "https_proxy": "http://small:1", "no_proxy": "localhost",
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "HTTP_PROXY": "http://unused:1",
	}
	got := vaultcore.EnvironmentFrom(func(name string) string { return set[name] }).Values()
	want := map[string]string{
		"AWS_CONFIG_FILE": filepath.Join(dir, "work", "config"), "AWS_SHARED_CREDENTIALS_FILE": "~/keys", "AWS_CA_BUNDLE": bundle,
		"SSL_CERT_DIR": filepath.Join(dir, "a") + string(filepath.ListSeparator) + filepath.Join(dir, "b"),
		"HTTPS_PROXY":  "http://big:1", "NO_PROXY": "localhost",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("taken are %v", got)
	}
}

// The order is what the hand-written frame of a request relies on.
func TestEnvironmentNamesAreSorted(t *testing.T) {
	if !slices.IsSorted(vaultcore.EnvironmentNames()) {
		t.Error("they are not")
	}
}

func TestForeignEnvironment(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"a variable of another version": {"AWS_ENDPOINT_URL_NEW": "x"},
		"a variable that is none of it": {"LD_PRELOAD": "x"},
		"one too long":                  {"NO_PROXY": strings.Repeat("x", 8<<10+1)},
		"a second line":                 {"AWS_CONFIG_FILE": "a\nb"},
	} {
		if _, err := vaultcore.NewEnvironment(values); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnvironmentIsNotShown(t *testing.T) {
	e := vaultcore.Environment{}.With("HTTPS_PROXY", "http://ann:pass-7c1e@proxy:3128").With("AWS_REGION", "eu-west-1")
	for _, text := range []string{fmt.Sprint(e), fmt.Sprintf("%+v %#v %q", e, e, struct{ E vaultcore.Environment }{e}), e.LogValue().String()} {
		if strings.Contains(text, "7c1e") || !strings.Contains(text, "AWS_REGION HTTPS_PROXY") {
			t.Errorf("it is shown as %s", text)
		}
	}
}

func TestEnvironmentOfNobody(t *testing.T) {
	ctx := vaultcore.WithEnvironment(t.Context(), vaultcore.Environment{})
	if e := vaultcore.EnvironmentOf(ctx); !e.IsZero() || e.Get("AWS_REGION") != "" || !vaultcore.HasEnvironment(ctx) {
		t.Errorf("an empty environment is %v", e)
	}
	if vaultcore.HasEnvironment(t.Context()) || !vaultcore.EnvironmentOf(t.Context()).IsZero() {
		t.Error("the menu has an environment")
	}
}
