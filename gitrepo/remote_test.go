package gitrepo

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRemote(t *testing.T) {
	for _, address := range []string{
		"https://git.example/u/r.git", "http://127.0.0.1:8080/r", "ssh://git@git.example:22/u/r.git", "git://git.example/r",
		"file:///srv/r", "git@git.example:u/r.git", "https://user:token@git.example/r",
	} {
		if r, err := ParseRemote(address); err != nil || r.address != address {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"", "-x", "--upload-pack=touch x", "ext::sh -c touch% /tmp/x", "ext::x", "fd::3", "/srv/r", "../r", "file://", "file://host",
		"ssh://-oProxyCommand=x/y", "ssh://-l@h/y", "https:///r", "https://h/\nx", "https://h/a b", "ftp://h/r", "javascript:x", "C:/x", "git.example:u/r",
		"-u@h:p", "g@-h::x",
	} {
		var bad *RemoteError
		if _, err := ParseRemote(address); !errors.As(err, &bad) {
			t.Errorf("%q was accepted (%v)", address, err)
		}
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"unable to access 'https://user:secret@h/x/': no": "unable to access 'https://h/x/': no",
		"https://token@h/x and http://a:b@h":              "https://h/x and http://h",
		"ssh://git@h/x":                                   "ssh://git@h/x",
		"git+ssh://git:secret@h/x":                        "git+ssh://git@h/x",
		"git@h:x":                                         "git@h:x",
		"https://h/@scope/x":                              "https://h/@scope/x",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
	if r, _ := ParseRemote("https://u:secret@h/x"); strings.Contains(r.String(), "secret") {
		t.Error(r)
	}
}
