package weblinks

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
)

// TestPages has of a package.json the repository, the documentation and the place
// for bugs; "-" is none.
func TestPages(t *testing.T) {
	for _, test := range []struct{ pkg, repo, docs, bugs string }{
		{`{"repository": "u/r"}`, "https://github.com/u/r", "https://github.com/u/r#readme", "https://github.com/u/r/issues"},
		{`{"repository": "github:u/r#v1/x"}`, "https://github.com/u/r/tree/v1%2Fx", "https://github.com/u/r/tree/v1%2Fx#readme", "https://github.com/u/r/issues"},
		{`{"repository": {"url": "git+https://github.com/u/r.git", "directory": "packages/a"}}`,
			"https://github.com/u/r/tree/HEAD/packages/a", "https://github.com/u/r#readme", "https://github.com/u/r/issues"},
		{`{"repository": {"url": "git+ssh://git@github.com/u/r.git"}}`, "https://github.com/u/r", "https://github.com/u/r#readme", "https://github.com/u/r/issues"},
		{`{"repository": "git@github.com:u/r.git"}`, "https://github.com/u/r", "https://github.com/u/r#readme", "https://github.com/u/r/issues"},
		{`{"repository": "git://github.com/u/r"}`, "https://github.com/u/r", "https://github.com/u/r#readme", "https://github.com/u/r/issues"},
		{`{"repository": "gitlab:g/s/r"}`, "https://gitlab.com/g/s/r", "https://gitlab.com/g/s/r#readme", "https://gitlab.com/g/s/r/issues"},
		{`{"repository": {"url": "bitbucket:u/r", "directory": "/a"}}`, "https://bitbucket.org/u/r/src/HEAD/a", "https://bitbucket.org/u/r#readme", "https://bitbucket.org/u/r/issues"},
		{`{"repository": "gist:11081aaa281"}`, "https://gist.github.com/11081aaa281", "https://gist.github.com/11081aaa281", "https://gist.github.com/11081aaa281"},
		{`{"repository": "https://git.sr.ht/~u/r"}`, "https://git.sr.ht/~u/r", "https://git.sr.ht/~u/r#readme", "-"},
		{`{"repository": "git+https://git.example:8443/u/r.git"}`, "https://git.example/u/r", "-", "-"},
		{`{"repository": "git+http://git.example/u/r.git"}`, "http://git.example/u/r", "-", "-"},
		{`{"repository": "git@git.example:u/r.git"}`, "-", "-", "-"},
		{`{"repository": 5, "homepage": "https://a.example/x y?q='$(id)'"}`, "-", "https://a.example/x%20y?q=%27%24%28id%29%27", "-"},
		{`{"homepage": "javascript:alert(1)", "bugs": "file:///etc/passwd", "repository": "file:///etc"}`, "-", "unsafe", "unsafe"},
		{`{"homepage": "-oProxyCommand=x", "bugs": {"url": "https://"}}`, "-", "unsafe", "unsafe"},
		{`{"homepage": "https://github.com@a.example/", "bugs": {"email": "a@a.example"}}`, "-", "https://a.example/", "mailto:a@a.example"},
		{`{"bugs": "https://a.example/bugs"}`, "-", "-", "https://a.example/bugs"},
	} {
		var f Fields
		if err := json.Unmarshal([]byte(test.pkg), &f); err != nil {
			t.Fatal(err)
		}
		for _, page := range []struct {
			find func(Fields) (string, error)
			want string
		}{{Repository, test.repo}, {Docs, test.docs}, {Bugs, test.bugs}} {
			got, err := page.find(f)
			var missing *MissingError
			var unsafe *UnsafeError
			if errors.As(err, &missing) {
				got = "-"
			} else if errors.As(err, &unsafe) {
				got = "unsafe"
			}
			if got != page.want {
				t.Errorf("%s: %s (%v), want %s", test.pkg, got, err, page.want)
			}
		}
	}
}

// FuzzCheck holds what is handed out to what the package promises.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"https://github.com/u/r#readme", "http://a.example:80/?a=b&c='d'", "https://a.example/`id`", "https://u:p@a.example/\"",
		"mailto:a@a.example", "javascript:alert(1)", "//a.example/", "https://[::1]/%zz", "https://a.example/ü", "HTTPS://A.example\\@b.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Check(text)
		if err != nil {
			return
		}
		if u, err := url.Parse(got); err == nil && (u.User != nil || u.Scheme != "http" && u.Scheme != "https") {
			t.Fatalf("%q became %q", text, got)
		}
		if !strings.HasPrefix(got, "http") || strings.ContainsAny(got, " \t\r\n\"'`$(){}<>|\\^") {
			t.Fatalf("%q became %q", text, got)
		}
		if again, err := Check(got); err == nil && again != got {
			t.Fatalf("%q became %q, and that %q", text, got, again)
		}
	})
}
