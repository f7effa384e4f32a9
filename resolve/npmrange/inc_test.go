package npmrange

import "testing"

type incQuestion struct{ Version, Release, Preid string }

// TestInc compares with node-semver all kinds of releases of versions of all
// shapes.
func TestInc(t *testing.T) {
	var questions []incQuestion
	for _, v := range [...]string{
		"0.0.0", "1.2.3", "1.2.0", "1.0.0", "1.2.3-0", "1.2.0-0", "2.0.0-0", "1.0.0-beta", "1.0.0-beta.0", "1.0.0-beta.1",
		"1.2.3-beta.x", "1.2.3-beta.x.7.y", "1.2.3-7.beta", "1.2.3-alpha.9", "1.2.3+build", "1.2.3-rc.1+build", "1.2.3--.3",
	} {
		for _, release := range append(Releases(), "pre", "x", "") {
			for _, preid := range [...]string{"", "beta", "rc", "0", "7", "a.b", "a b", "01", "-"} {
				questions = append(questions, incQuestion{v, release, preid})
			}
		}
	}
	compareWith(t, `const answer = q => q.Release === 'pre' ? '' : semver.inc(q.Version, q.Release, {}, q.Preid || undefined) || ''`,
		questions, func(q incQuestion) string {
			v, err := ParseVersion(q.Version, false)
			if err != nil {
				t.Fatal(err)
			}
			next, err := Inc(v, q.Release, q.Preid)
			if err != nil {
				return ""
			}
			return next.String()
		})
}

func TestIncRefuses(t *testing.T) {
	v, err := ParseVersion("1.2.9007199254740991", false)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := Inc(v, "patch", ""); err == nil {
		t.Errorf("past the largest number: %v", next) // node-semver makes what it cannot read
	}
	if next, err := Inc(v, "minor", ""); err != nil || next.String() != "1.3.0" {
		t.Errorf("%v, %v", next, err)
	}
}
