package npmrange

import (
	"strings"
	"testing"
)

// FuzzParse checks that a range survives being written and read again: its
// text is a fixed point, and both readings admit the same versions.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "*", "^1.2.3-beta.1", "~> 0.2 || >=3", "1 - 2.3.x", "> 1 <= 2.0.0+b", "=v1.2.3*",
		"1.2.34.5", "<x||>*", "\u00a01\t||", "^00.0.1", "<=99999999999999999999999", "1.0.0-099999999999999999", "~>=1 foo"} {
		for flags := range uint8(4) {
			f.Add(s, "1.2.3-beta.2", flags)
		}
	}
	f.Add("0", "0.0.0-0", uint8(2))
	f.Fuzz(func(t *testing.T, s, version string, flags uint8) {
		o := Options{Loose: flags&1 != 0, IncludePrerelease: flags&2 != 0}
		r, err := Parse(s, o)
		if err != nil {
			return
		}
		text := r.String()
		again, err := Parse(text, Options{Loose: true, IncludePrerelease: o.IncludePrerelease})
		if err != nil {
			t.Fatalf("Parse(%q) = %q, which is invalid: %v", s, text, err)
		}
		// ">=00.0.0" keeps a comparator that ">=0.0.0" does not.
		if got := again.String(); got != text && !strings.Contains(text, ">=0.0.0") {
			t.Fatalf("%q, read again: %q", text, got)
		}
		min := MinVersion(r)
		if min != nil && !r.Test(min) {
			t.Fatalf("MinVersion(%q) = %s does not satisfy it", s, min)
		}
		if !Subset(r, r) {
			t.Fatalf("%q is no subset of itself", s)
		}
		v, err := ParseVersion(version, o.Loose)
		if err != nil {
			if r.TestString(version) {
				t.Fatalf("%q admits %q, which is no version", s, version)
			}
			return
		}
		if r.Test(v) != again.Test(v) || r.Test(v) != r.TestString(version) {
			t.Fatalf("%q and %q disagree on %s", s, text, v)
		}
		if min != nil && min.String() != "0.0.0" && r.Test(v) && Compare(v, min) < 0 {
			t.Fatalf("%q admits %s below its minimum %s", s, v, min)
		}
	})
}

// FuzzParseVersion checks that a version's canonical text is a fixed point and
// equal to it, and that loose takes whatever strict takes.
func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"1.2.3", "v1.2.3-a.1+b", "=1.2.3beta", "1.2.34.5", "01.2.3-01", "1.2.3-", "1.2.3-18446744073709551616", " 1.2.3\ufeff", "1.2.9007199254740992"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, loose bool) {
		Coerce(s)
		CoerceWith(s, CoerceOptions{RTL: true, IncludePrerelease: true})
		v, err := ParseVersion(s, loose)
		if err != nil {
			return
		}
		again, err := ParseVersion(v.String(), true)
		if err != nil || again.String() != v.String() || Compare(v, again) != 0 {
			t.Fatalf("%q is %q, which is %v: %v", s, v, again, err)
		}
		if l, err := ParseVersion(s, true); err != nil || l.String() != v.String() {
			t.Fatalf("%q is %s, but to loose %v: %v", s, v, l, err)
		}
	})
}
