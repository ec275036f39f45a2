package report

import "testing"

func TestDisplayWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "prod-admin": 10, "Größe": 5, "本番-管理者": 11, "ｶﾅ": 2, "Ａ": 2, "한국어": 6, "e\u0301te\u0301": 3, "🚀x": 3, "مرحبا": 5,
	} {
		if got := displayWidth(text); got != want {
			t.Errorf("%q is %d wide, want %d", text, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	got := Columns([][]string{{"NAME", "KEY", "SESSION"}, {"本番-管理者", "-", "1h"}, {"prod", "本番", "-"}, {"alone"}}, 6, 2)
	const want = "NAME         KEY   SESSION\n" +
		"本番-管理者  -     1h\n" +
		"prod         本番  -\n" +
		"alone\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
