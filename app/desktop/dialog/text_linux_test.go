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

func TestCommandLine(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:iam::111111111111:mfa/ann":                                      "…/ann",
		"User: arn:aws:iam::111111111111:user/ann is not authorized":             "User: …/ann is not authorized",
		"on resource: arn:aws:iam::222222222222:role/admin.":                     "on resource: …/admin.",
		"arn:aws:iam::111111111111:root, arn:aws-cn:sts::1:assumed-role/a/ses.x": "…/root, …/ses.x",
		"AdministratorAccess-111122223333":                                       "AdministratorAccess-…3333",
		"arn:aws:organizations::1:account/o-1/111122223333":                      "…/…3333",
		"AKIAIOSFODNN7EXAMPLE":                                                   "…MPLE",
		"prod-admin in 14 min":                                                   "prod-admin in 14 min",
	} {
		if got := commandLine(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if private(commandLine(text)) {
			t.Errorf("%q still tells too much", commandLine(text))
		}
	}
}
