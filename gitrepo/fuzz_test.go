package gitrepo

import (
	"strings"
	"testing"
)

// FuzzRefs reads the output of ls-remote, which a server makes up: only whole
// hashes may come out, and versions only from tags.
func FuzzRefs(f *testing.F) {
	const hash = "0c90f404cf997a504c970a57fc6e024117bed82a"
	f.Add(hash + "\tHEAD\n" + hash + "\trefs/heads/main\n" + hash + "\trefs/tags/v1.0.0\n" + hash + "\trefs/tags/v1.0.0^{}\n")
	f.Add(hash + "\trefs/pull/3/head\n" + hash + "\trefs/pull/3/merge\n" + hash + "\trefs/heads/latest\r\n")
	f.Add("warning: redirecting\nfatal: x\n" + strings.ToUpper(hash) + " HEAD\n--upload-pack=x\trefs/heads/-x\n")
	f.Fuzz(func(t *testing.T, text string) {
		refs := parseRefs(text)
		for name, commit := range refs.Commits {
			if !isHash(commit) || strings.HasSuffix(name, "^{}") && !strings.Contains(text, "^{}^{}") {
				t.Errorf("%q: %q", name, commit)
			}
		}
		for version, commit := range refs.Versions {
			if !isHash(commit) {
				t.Errorf("%s: %q", version, commit)
			}
		}
		if _, ok := refs.Versions[refs.Latest]; refs.Latest != "" && !ok {
			t.Errorf("latest is %s, which is no version", refs.Latest)
		}
	})
}
