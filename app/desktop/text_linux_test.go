package desktop

import "testing"

// TestHelperText holds that what the dialog programs would read as escapes,
// markup or options is shown as it is. How they read it is on the screenshots of
// the hostile names.
func TestHelperText(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{entryText([]string{"", `prod\nAWS`, `C:\x`}), `prod\\nAWS` + "\n" + `C:\\x`},
		{listText(`<b>a</b> & \n`), `&lt;b&gt;a&lt;/b&gt; &amp; \\n`},
		{listCell("--help"), " --help"},
		{listCell("○ prod"), "○ prod"},
		{messageText(`<b>a</b> & \n`), `<b>a</b> & \n`},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
