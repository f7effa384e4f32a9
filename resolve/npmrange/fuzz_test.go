package npmrange

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
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

// oracle is a node that answers the questions of one script.
func oracle(f *testing.F, script string) *npmoracle.Oracle {
	dir := npmoracle.Install(f, "semver", semverVersion)
	return npmoracle.Start(f, dir, "const semver = require('semver');"+script)
}

// askable says that a text reaches node as it is, and is not beyond the limit
// that only this package has.
func askable(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) || len(s) > maxRange {
			return false
		}
	}
	return true
}

// FuzzRangeAgainstNode asks node-semver what a range means.
func FuzzRangeAgainstNode(f *testing.F) {
	for i, s := range []string{"^1.2.3-beta.1", "~> 0.2 || >=3", "1 - 2.3.x", "> 1 <= 2.0.0+b", "=v1.2.3*", "<x||>*", "^00.0.1", "~>=1 foo"} {
		f.Add(s, "1.2.3-beta.2", "2.0.0", uint8(i)&3)
	}
	node := oracle(f, rangeScript)
	f.Fuzz(func(t *testing.T, text, a, b string, flags uint8) {
		q := rangeQuestion{Range: text, Loose: flags&1 != 0, Inc: flags&2 != 0, Versions: []string{a, b}}
		if !askable(text, a, b) {
			return
		}
		var want rangeAnswer
		node.Ask(t, q, &want)
		have := answerRange(q)
		if want.Min == "?" {
			have.Min = "?"
		}
		if !reflect.DeepEqual(have, want) {
			t.Errorf("%+v\n got  %+v\n want %+v", q, have, want)
		}
	})
}

// FuzzPairAgainstNode asks node-semver how two ranges lie to one another.
func FuzzPairAgainstNode(f *testing.F) {
	for i, s := range []string{"^1.2.3", "<2 || >3", ">=1.2.3-a <1.2.3", "*", "1.2.3-a", "<0.0.0-0", ">1 <1.5"} {
		f.Add(s, ">=1.2.3-b", uint8(i)&3)
		f.Add("~1.2", s, uint8(i)&3)
	}
	node := oracle(f, pairScript)
	f.Fuzz(func(t *testing.T, a, b string, flags uint8) {
		q := pairQuestion{A: a, B: b, Loose: flags&1 != 0, Inc: flags&2 != 0}
		if !askable(a, b) {
			return
		}
		var want pairAnswer
		node.Ask(t, q, &want)
		if have := answerPair(q); !want.Threw && have != want {
			t.Errorf("%+v\n got  %+v\n want %+v", q, have, want)
		}
	})
}
