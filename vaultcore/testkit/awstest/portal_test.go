package awstest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	oidctypes "github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	noPortalToken = "Session token not found or invalid"
	tooManyRoles  = "ResultSize parameter must be within the valid limits of: 1-100"
)

// A role's session is the permission set's role under the person's name, and ends
// when the set says, whatever becomes of the sign-in.
func TestRoleCredentials(t *testing.T) {
	d := newDirectory(t)
	client, token := d.signIn(t)
	out, err := d.role(t, token.AccessToken, "Admin")
	if err != nil {
		t.Fatal(err)
	}
	role := out.RoleCredentials
	if left := time.UnixMilli(role.Expiration).Sub(d.srv.Now()); left > time.Hour || left < 59*time.Minute {
		t.Errorf("it lives for %v", left)
	}
	if _, err := d.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: token.AccessToken}); err != nil {
		t.Fatal(err)
	}
	_, err = d.refresh(t, client, token.RefreshToken)
	wantOIDC(t, err, "InvalidGrantException")
	as := creds{*role.AccessKeyId, *role.SecretAccessKey, *role.SessionToken}
	arn := who(t, d.srv, as)
	if !strings.HasPrefix(arn, "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_") || !strings.HasSuffix(arn, "/ann") {
		t.Errorf("it is %s", arn)
	}
	made, _ := d.srv.Session(as.id)
	if made.Chained || made.MFA || made.Parent != "" {
		t.Errorf("%+v", made)
	}
	if _, err := as.sts(d.srv).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}); err == nil {
		t.Error("it got a session token")
	}
	for duration, want := range map[string]int{"": 200, "3600": 400} {
		if status, _ := signinToken(t, d.srv, as, http.MethodPost, duration); status != want {
			t.Errorf("console with SessionDuration %q: %d", duration, status)
		}
	}
}

func TestPortalRefusals(t *testing.T) {
	role := func(account, name string) func(*testing.T, directory, *string) error {
		return func(t *testing.T, d directory, token *string) error {
			_, err := d.portal.GetRoleCredentials(t.Context(), &sso.GetRoleCredentialsInput{AccessToken: token, AccountId: &account, RoleName: &name})
			return err
		}
	}
	list := func(size int32, next *string) func(*testing.T, directory, *string) error {
		return func(t *testing.T, d directory, token *string) error {
			_, err := d.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token, MaxResults: &size, NextToken: next})
			return err
		}
	}
	const account = "111111111111"
	cases := map[string]struct {
		before  func(directory)
		call    func(*testing.T, directory, *string) error
		status  int
		code    string
		message string
	}{
		"other's role":    {func(d directory) { d.center.Person("bob").Assign(d.account, d.center.PermissionSet("Dev", 0)) }, role(account, "Dev"), 403, "ForbiddenException", "No access"},
		"other account":   {nil, role("222222222222", "Admin"), 403, "ForbiddenException", "No access"},
		"IAM role's name": {nil, role(account, "AWSReservedSSO_Admin_0123456789abcdef"), 403, "ForbiddenException", "No access"},
		"assigned later":  {func(d directory) { d.ann.Assign(d.account, d.center.PermissionSet("Dev", 0)) }, role(account, "Dev"), 403, "ForbiddenException", "No access"},
		"taken away":      {func(d directory) { d.ann.Unassign(d.account, d.set) }, role(account, "Admin"), 403, "ForbiddenException", "No access"},
		"no role":         {nil, role(account, ""), 400, "InvalidRequestException", "Invalid request provided"},
		"unknown token":   {nil, func(t *testing.T, d directory, _ *string) error { return list(1, nil)(t, d, aws.String("x")) }, 401, "UnauthorizedException", noPortalToken},
		"ended token":     {func(d directory) { d.srv.SetClockOffset(time.Hour) }, role(account, "Admin"), 401, "UnauthorizedException", noPortalToken},
		"ended sign-in":   {func(d directory) { d.ann.EndSignIn() }, role(account, "Admin"), 401, "UnauthorizedException", noPortalToken},
		"revoked":         {func(d directory) { d.center.RevokeAccessTokens() }, role(account, "Admin"), 401, "UnauthorizedException", noPortalToken},
		"page of none":    {nil, list(0, nil), 400, "InvalidRequestException", tooManyRoles},
		"page too long":   {nil, list(101, nil), 400, "InvalidRequestException", tooManyRoles},
		"strange page":    {nil, list(1, aws.String("x")), 400, "InvalidRequestException", "Invalid request provided"},
		"roles of none": {nil, func(t *testing.T, d directory, token *string) error {
			_, err := d.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String("222222222222")})
			return err
		}, 403, "ForbiddenException", "No access"},
		"401 all the same": {func(d directory) { d.srv.Fault(Fault{Action: "GetRoleCredentials", Times: 1, Kind: Unauthorized}) }, role(account, "Admin"), 401, "UnauthorizedException", noPortalToken},
		"429":              {func(d directory) { d.srv.Fault(Fault{Action: "GetRoleCredentials", Times: 1, Kind: Throttle}) }, role(account, "Admin"), 429, "TooManyRequestsException", "HTTP 429 Unknown Code"},
		"by name":          {func(d directory) { d.srv.Fault(Fault{Times: 1, Kind: Refuse("ResourceNotFoundException")}) }, role(account, "Admin"), 404, "ResourceNotFoundException", "Injected"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			_, token := d.signIn(t)
			if c.before != nil {
				c.before(d)
			}
			wantRefusal(t, c.call(t, d, token.AccessToken), c.status, c.code, c.message)
		})
	}
}

// A sign-in ends before its tokens say, and none of them tells.
func TestASignInThatEndsBeforeItsToken(t *testing.T) {
	d := newDirectory(t)
	d.center.SetSessionLength(30 * time.Minute)
	client, token := d.signIn(t)
	if token.ExpiresIn != 3600 {
		t.Errorf("the token tells: %d s", token.ExpiresIn)
	}
	d.srv.SetClockOffset(30 * time.Minute)
	_, err := d.role(t, token.AccessToken, "Admin")
	wantRefusal(t, err, 401, "UnauthorizedException", noPortalToken)
	_, err = d.refresh(t, client, token.RefreshToken)
	wantOIDC(t, err, "InvalidGrantException")
}

func TestLists(t *testing.T) {
	d := newDirectory(t)
	for i := range 45 {
		account := d.srv.Account(fmt.Sprintf("2%011d", i))
		for _, set := range []string{"ReadOnly", "Admin", "Billing"} {
			d.ann.Assign(account, d.center.PermissionSet(set, 0))
		}
	}
	_, token := d.signIn(t)
	seconds := time.Duration(0)
	for _, size := range []*int32{nil, aws.Int32(1), aws.Int32(7), aws.Int32(100)} {
		var accounts []string
		pages := sso.NewListAccountsPaginator(d.portal, &sso.ListAccountsInput{AccessToken: token.AccessToken, MaxResults: size})
		for pages.HasMorePages() {
			seconds++ // not too fast for AWS
			d.srv.SetClockOffset(seconds * time.Second)
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, account := range page.AccountList {
				accounts = append(accounts, *account.AccountId)
			}
		}
		if len(accounts) != 46 || accounts[0] != "111111111111" || accounts[45] != "200000000044" {
			t.Errorf("by pages of %v: %d accounts", aws.ToInt32(size), len(accounts))
		}
	}
	first, err := d.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken})
	if err != nil || len(first.AccountList) != defaultPage || *first.AccountList[0].AccountName != "Prod & Co" {
		t.Errorf("%v, %v", first, err)
	}
	roles, err := d.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: aws.String("200000000000"), MaxResults: aws.Int32(2)})
	if err != nil || len(roles.RoleList) != 2 || *roles.RoleList[0].RoleName != "Admin" || roles.NextToken == nil {
		t.Fatalf("%v, %v", roles, err)
	}
	// A page's token is good for its own list.
	_, err = d.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: aws.String("200000000001"), NextToken: roles.NextToken})
	wantRefusal(t, err, 400, "InvalidRequestException", "Invalid request provided")
}

// TestListQuota: who lists too fast is refused, until a second has passed.
func TestListQuota(t *testing.T) {
	at := time.Now()
	d := newDirectory(t, Options{Now: func() time.Time { return at }})
	_, token := d.signIn(t)
	in := &sso.ListAccountsInput{AccessToken: token.AccessToken}
	for range listQuota {
		if _, err := d.portal.ListAccounts(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	_, err := d.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: aws.String("111111111111")})
	wantRefusal(t, err, 429, "TooManyRequestsException", "HTTP 429 Unknown Code")
	d.srv.SetClockOffset(time.Second)
	if _, err := d.portal.ListAccounts(t.Context(), in); err != nil {
		t.Error(err)
	}
}

// TestWireForms holds what SDKs make their errors of: bytes of the answers.
func TestWireForms(t *testing.T) {
	d := newDirectory(t)
	send := func(method, path, body string) (http.Header, int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, d.srv.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.Header, res.StatusCode, strings.TrimSpace(string(text))
	}
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		kind, want         string
	}{
		"unknown client": {"POST", "/token", `{"clientId":"a","clientSecret":"b","grantType":"refresh_token"}`, 401,
			"InvalidClientException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/", `{"error":"invalid_client","error_description":"Invalid client provided"}`},
		"no JSON": {"POST", "/token", `grant_type=x`, 400,
			"InvalidRequestException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/", `{"error":"invalid_request","error_description":"Invalid request provided"}`},
		"numbers": {"POST", "/token", `{"clientId":7}`, 400,
			"InvalidRequestException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/", `{"error":"invalid_request","error_description":"Invalid request provided"}`},
		"no token": {"GET", "/assignment/accounts", "", 401, "",
			`{"__type":"com.amazonaws.switchboard.portal#UnauthorizedException","message":"Session token not found or invalid"}`},
		"wrong method": {"POST", "/federation/credentials", "", 400, "",
			`{"__type":"com.amazonaws.switchboard.portal#InvalidRequestException","message":"Invalid request provided"}`},
	} {
		t.Run(name, func(t *testing.T) {
			header, status, text := send(c.method, c.path, c.body)
			if status != c.status || header.Get("x-amzn-ErrorType") != c.kind || text != c.want {
				t.Errorf("%d %q %s", status, header.Get("x-amzn-ErrorType"), text)
			}
		})
	}
}

// The log of calls tells who and what, and no secret.
func TestTheLogOfSignIns(t *testing.T) {
	d := newDirectory(t)
	_, token := d.signIn(t)
	if _, err := d.role(t, token.AccessToken, "Admin"); err != nil {
		t.Fatal(err)
	}
	log := fmt.Sprintf("%+v", d.srv.Calls())
	for _, secret := range d.srv.Issued() {
		if strings.Contains(log, secret) {
			t.Error("a secret is in the log")
		}
	}
	for _, action := range []string{"RegisterClient", "Authorize", "SignIn", "Consent", "CreateToken", "GetRoleCredentials"} {
		if d.srv.CountOK(action) != 1 {
			t.Errorf("%d good calls of %s in %s", d.srv.CountOK(action), action, log)
		}
	}
	calls := d.srv.Calls()
	if last := calls[len(calls)-1]; last.Service != "sso" || last.Principal != "ann" || last.Params["role_name"] != "Admin" {
		t.Errorf("%+v", last)
	}
}

// Each region has an OIDC service and a portal of its own.
func TestTheOtherRegionKnowsNothing(t *testing.T) {
	d := newDirectory(t)
	_, token := d.signIn(t)
	d.center.InRegion("us-east-1")
	proxy := NewProxy(t, d.srv)
	address, err := url.Parse(proxy.URL())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(proxy.CA())
	through := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(address), TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for region, knows := range map[string]bool{"us-east-1": true, "eu-west-1": false} {
		portal := sso.New(sso.Options{Region: region, HTTPClient: through, Retryer: aws.NopRetryer{}})
		_, err := portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken})
		if (err == nil) != knows {
			t.Errorf("%s: %v", region, err)
		}
		oidc := ssooidc.New(ssooidc.Options{Region: region, HTTPClient: through, Retryer: aws.NopRetryer{}})
		_, err = oidc.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{ClientName: aws.String("x"), ClientType: aws.String("public"), IssuerUrl: aws.String(testStartURL)})
		if (err == nil) != knows {
			t.Errorf("%s: %v", region, err)
		}
	}
}

func TestInjectedErrorsHaveTheirServicesForm(t *testing.T) {
	d := newDirectory(t)
	client, token := d.signIn(t)
	d.srv.Fault(Fault{Action: "CreateToken", Times: 1, Kind: Refuse("AccessDeniedException", "KMS_AccessDeniedException")})
	_, err := d.refresh(t, client, token.RefreshToken)
	var denied *oidctypes.AccessDeniedException
	if !errors.As(err, &denied) || denied.Reason != oidctypes.AccessDeniedExceptionReasonKmsAccessDenied {
		t.Errorf("%v", err)
	}
	d.srv.Fault(Fault{Action: "GetCallerIdentity", Times: 1, Kind: Refuse("RegionDisabledException")})
	_, err = ofKey(d.account.User("bob").NewKey()).sts(d.srv).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "RegionDisabledException", "Injected")
	d.srv.Fault(Fault{Action: "CreateToken", Times: 1, Kind: Status(500)})
	if _, err = d.refresh(t, client, token.RefreshToken); err == nil {
		t.Error("a 500 was no error")
	}
}
