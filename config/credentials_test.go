package config

import (
	"net/url"
	"testing"
)

func TestCredentials(t *testing.T) {
	c, _ := load(t, files(t, "", `
registry=https://r.example/npm/
//r.example/npm/:_authToken=default
//h.example/:_authToken=host
//h.example/a/:_authToken=a
//h.example/a/b:_authToken=b
//port.example:8443/:_auth=dXNlcjpwYTpzcw==
//basic.example/:username=user
//basic.example/:_password=cGFzcw==
//half.example/:username=user
//cert.example/:certfile=/c.pem
//cert.example/:keyfile=/k.pem
//both.example/:_authToken=t
//both.example/:_auth=x
//unset.example/:_authToken=${UNSET}
@acme:registry=https://s.example/acme/
//s.example/acme/:_authToken=scope
`, ""))
	for address, want := range map[string]Credentials{
		"https://h.example/":               {Token: "host", Key: "//h.example/"},
		"https://H.example:443":            {Token: "host", Key: "//h.example/"},
		"https://h.example/x/y.tgz":        {Token: "host", Key: "//h.example/"},
		"https://h.example/a/x":            {Token: "a", Key: "//h.example/a/"},
		"https://h.example/ab":             {Token: "host", Key: "//h.example/"},
		"https://h.example/a/b/c":          {Token: "b", Key: "//h.example/a/b"},
		"https://h.example:8443/":          {},
		"https://evil.example/h.example/":  {},
		"https://h.example.evil.example/":  {},
		"https://port.example:8443/x":      {Basic: "dXNlcjpwYTpzcw==", Username: "user", Password: "pa:ss", Key: "//port.example:8443/"},
		"https://port.example/x":           {},
		"https://basic.example/":           {Basic: "dXNlcjpwYXNz", Username: "user", Password: "pass", Key: "//basic.example/"},
		"https://half.example/":            {},
		"https://cert.example/":            {CertFile: "/c.pem", KeyFile: "/k.pem", Key: "//cert.example/"},
		"https://both.example/":            {Token: "t", Key: "//both.example/"},
		"https://unset.example/":           {},
		"https://r.example/files/x.tgz":    {Token: "default", Key: "//r.example/npm/"},
		"https://s.example/files/x.tgz":    {},
		"https://s.example/acme/@acme%2fx": {Token: "scope", Key: "//s.example/acme/"},
		"ipns://name/":                     {},
		"/ipns/name":                       {},
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Credentials(u); got != want {
			t.Errorf("%s: got key %q token %q basic %q, want key %q", address, got.Key, got.Token, got.Basic, want.Key)
		}
	}
	u, _ := url.Parse("https://s.example/files/x.tgz")
	if got := c.CredentialsFor(u, c.RegistryFor("@acme/x")); got.Token != "scope" {
		t.Errorf("beside the scope's registry: %q", got.Token)
	}
	if got := c.CredentialsFor(u, c.RegistryFor("")); !got.IsZero() {
		t.Errorf("the default registry's went to another host: %q", got.Key)
	}
}

func TestDecodeBase64(t *testing.T) {
	for in, want := range map[string]string{"cGFzcw==": "pass", "cGFzcw": "pass", "_-8=": "\xff\xef", "!": ""} {
		if got := decodeBase64(in); got != want {
			t.Errorf("%q: got %q", in, got)
		}
	}
}
