package settings

import "testing"

func TestLooksLikeProduction(t *testing.T) {
	for name, want := range map[string]bool{
		"prod": true, "prod-admin": true, "my-production": true, "live": true, "acme_live_ro": true, "acme.prod": true, "PROD": true, "prod2": true,
		"acmeProd": true, "ProdAdmin": true, "eu/prod": true, "本番": true, "本番-管理者": true, "acme本番環境": true, "non-prod-and-prod": true,
		"": false, "delivery": false, "product-catalog": false, "alive": false, "preprod": false, "pre-prod": false, "nonprod": false, "non-prod": false,
		"reproduction": false, "livestream": false, "olive": false, "products": false, "dev": false, "非本番": false, "本番前": false, "本番以外": false,
	} {
		if got := LooksLikeProduction(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
