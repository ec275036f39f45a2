package dialog

import "testing"

// TestHelperText holds that what the dialog programs would read as escapes,
// markup or options is shown as it is. How they read it is on the screenshots of
// the hostile names.
func TestHelperText(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{entryText([]string{"", `prod\nAWS`, `C:\x`}), `prod\\nAWS` + "\n" + `C:\\x`},
		{listText(`<b>a</b> & \n`), `&lt;b&gt;a&lt;/b&gt; &amp; \\n`},
		{entryText([]string{"Code of arn:aws:iam::111111111111:mfa/ann:"}), "Code of …/ann:"},
		{listText("role arn:aws:iam::222222222222:role/x/admin of 222222222222."), "role …/admin of …2222."},
		{messageText("AKIAIOSFODNN7EXAMPLE, 1111-2222-3333"), "…MPLE, …3333"},
		{folder("~/infra"), "~/infra"}, {folder("/srv/acme/infra"), "…/infra"}, {folder("/"), "/"}, {folder(""), ""},
		{messageText(`<b>a</b> & \n`), `<b>a</b> & \n`},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
