package browser

import (
	"slices"
	"strings"
	"testing"
)

func TestOnlyTheLoopbackIsOpened(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:5123/o/x?y=1&z=2":         true,
		"http://[::1]:5123/o/x":                     true,
		"http://127.9.9.9:1/":                       true,
		"https://127.0.0.1:5123/o/x":                false,
		"http://127.0.0.1/o/x":                      false,
		"http://127.0.0.1:0/o/x":                    false,
		"http://localhost:5123/":                    false,
		"http://localhost.evil.com:5123/":           false,
		"http://127.0.0.1:5123@evil.com/":           false,
		"http://user:pw@127.0.0.1:5123/":            false,
		"http://10.0.0.1:5123/":                     false,
		"http://127.0.0.1.evil.com:80/":             false,
		"https://signin.aws.amazon.com/federation?": false,
		"file:///etc/passwd":                        false,
		"javascript:alert(1)":                       false,
		"--user-data-dir=/tmp":                      false,
		"":                                          false,
		"http://127.0.0.1:5123/a b":                 false,
		"http://127.0.0.1:5123/\nx":                 false,
		"http://127.0.0.1:5123/\"x":                 false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}

func FuzzWhatIsOpenedIsOneArgumentOfThisMachine(f *testing.F) {
	f.Add("http://127.0.0.1:1/x", "a&b")
	f.Add("-x", "--=&url=http://evil")
	f.Fuzz(func(t *testing.T, address, name string) {
		if loopback(address) && (!strings.HasPrefix(address, "http://127.") && !strings.HasPrefix(address, "http://[") || strings.ContainsAny(address, " \n\x00\"'")) {
			t.Errorf("%q is opened", address)
		}
		target, ok := strings.CutPrefix(Request{Address: address, Container: name}.target(), "ext+container:name=")
		if name != "" && (!ok || strings.Count(target, "&") != 1 || strings.ContainsAny(target, " \n\x00\"'+#/")) {
			t.Errorf("the link is %q", target)
		}
	})
}

func TestArguments(t *testing.T) {
	known := map[string]*family{}
	for _, f := range families() {
		known[f.name] = f
	}
	for _, c := range []struct {
		browser string
		request Request
		dir     string
		want    string
	}{
		{"chrome", Request{}, "", "ADDRESS"},
		{"chrome", Request{Private: true}, "", "--incognito ADDRESS"},
		{"edge", Request{Private: true}, "", "--inprivate ADDRESS"},
		{"opera", Request{Private: true}, "", "--private ADDRESS"},
		{"firefox", Request{Private: true}, "", "--private-window ADDRESS"},
		{"brave", Request{}, "/d", "--user-data-dir=/d --no-first-run --no-default-browser-check --new-window ADDRESS"},
		{"brave", Request{Private: true}, "/d", "--user-data-dir=/d --no-first-run --no-default-browser-check --incognito ADDRESS"},
		{"firefox", Request{}, "/d", "--profile /d --new-window ADDRESS"},
		{"firefox", Request{Container: "prod & co+1/ü", Color: "#cc0000"}, "",
			"ext+container:name=prod%20%EF%BC%86%20co%2B1%2F%C3%BC&url=http%3A%2F%2F127.0.0.1%3A1234%2Fo%2Fb8e2&color=red"},
	} {
		c.request.Address = "http://127.0.0.1:1234/o/b8e2"
		f := known[c.browser]
		got := c.request.arguments(f.found("/x", noSandbox), c.dir)
		want := strings.Fields(strings.ReplaceAll(c.want, "ADDRESS", c.request.Address))
		if !slices.Equal(got, want) {
			t.Errorf("%s %+v:\n got %q\nwant %q", c.browser, c.request, got, want)
		}
	}
}

func TestColors(t *testing.T) {
	for text, want := range map[string]struct {
		color     Color
		argb      int32
		ink       Color
		container string
	}{
		"red":       {"#d70022", -2686942, "#ffffff", "red"},
		" #C00 ":    {"#cc0000", -3407872, "#ffffff", "red"},
		"cc0000":    {"#cc0000", -3407872, "#ffffff", "red"},
		"#ffee00":   {"#ffee00", -4608, "#000000", "yellow"},
		"turquoise": {"#00c8d7", -16725801, "#000000", "turquoise"},
		"#000080":   {"#000080", -16777088, "#ffffff", "blue"},
	} {
		got, err := ParseColor(text)
		if err != nil || got != want.color || got.argb() != want.argb || got.ink() != want.ink || got.container() != want.container {
			t.Errorf("%q is %s, %d, %s, %s, %v", text, got, got.argb(), got.ink(), got.container(), err)
		}
	}
	for _, text := range []string{"reddish", "##cc0000", "#cc00", "#gggggg", "#+cc000", "#cc0000;", "#é0"} {
		if got, err := ParseColor(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
