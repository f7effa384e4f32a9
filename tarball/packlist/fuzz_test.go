package packlist

import "testing"

// FuzzRules reads ignore files of real packages and what becomes of them, and
// tries them on a path: neither may fail to end.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		defaults, always, "node_modules\n/dist/**\n!/dist/*.js\n*.{log,tmp}\n", "lib/!(*.test).js\n+(a|b|?(c))/[!a-z]*/**\n",
		"{1..3}{a,b{c,d}}\n{},x\\}\n[[:alpha:]-]\n", "*(a|aa)*(a|aa)*(a|aa)*(a|aa)b\n**/a/**/a/**/b\n",
	} {
		f.Add(seed, "lib/a.js")
		f.Add(seed, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/a/a/a/a/a")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		rules, err := parseRules(text)
		if err != nil || path == "" {
			return
		}
		for _, r := range rules {
			whole := r.match(path, false)
			if whole && !r.match(path, true) {
				t.Errorf("%q matches %q, but not its beginning", text, path)
			}
		}
	})
}
