package console

import (
	"net/http"
	"testing"
)

// FuzzDestination holds that no text leads off AWS's consoles.
func FuzzDestination(f *testing.F) {
	for _, target := range targets {
		f.Add(target.Partition, target.Region, target.Service, target.Path, target.Address)
	}
	for _, text := range hostile {
		f.Add("aws", "eu-west-1", "", text, "")
		f.Add("aws", text, "ec2", "", "")
		f.Add("", "", "", "", "https://console.aws.amazon.com"+text)
	}
	for _, text := range hostileAddresses {
		f.Add("", "", "", "", text)
	}
	f.Fuzz(func(t *testing.T, partition, region, service, path, address string) {
		d, err := Target{Partition: partition, Region: region, Service: service, Path: path, Address: address}.Resolve()
		if err != nil {
			if !d.IsZero() {
				t.Errorf("%v, and %s", err, d)
			}
			return
		}
		checkHost(t, d.String())
		if len(d.String()) > maxAddress {
			return // with its host and region it is too long to be pasted
		}
		again, err := Target{Address: d.String()}.Resolve()
		if err != nil || again.String() != d.String() {
			t.Errorf("%s read again is %s, %v", d, again, err)
		}
	})
}

// FuzzLoginURL holds that no text leads a sign-in off AWS's hosts, wherever
// the keys are sent and wherever the browser is.
func FuzzLoginURL(f *testing.F) {
	for _, target := range targets {
		f.Add(target.Partition, target.Region, target.Path, target.Address, true)
	}
	for _, text := range append(hostile, hostileAddresses...) {
		f.Add("aws", "eu-west-1", text, "", false)
		f.Add("aws-cn", text, "", "", true)
	}
	f.Fuzz(func(t *testing.T, partition, region, path, address string, logout bool) {
		signer := mustSigner(t, Options{Carriers: transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Scheme != "https" || !allowed(r.URL.Host, signinDomain) || r.Host != "" && r.Host != r.URL.Host {
				t.Errorf("the keys are sent to %s", r.URL)
			}
			return answer(200, goodReply), nil
		})})
		d, err := Target{Partition: partition, Region: region, Path: path, Address: address}.Resolve()
		if err != nil {
			return
		}
		request := Request{Destination: d, LogoutFirst: logout}
		got, err := signer.URL(t.Context(), session(), request)
		if err != nil {
			checkSecrets(t, err)
			return
		}
		checkLogin(t, got, request)
	})
}
