package npmrange

import (
	"encoding/json"
	"flag"
	"reflect"
	"slices"
	"testing"

	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// semverVersion is the semver that npm 12 carries.
const semverVersion = "7.8.5"

var (
	cases = flag.Int("cases", 20_000, "generated cases a differential test, of each kind per cent given")
	seed  = flag.Uint64("seed", 1, "seed of the generated cases")
)

func caseCount(percent int) int { return *cases * percent / 100 }

// compareWith asks node each question and compares its answers with ours.
func compareWith[Q, A any](t *testing.T, script string, questions []Q, ours func(Q) A) {
	t.Helper()
	compareWhere(t, script, questions, func(q Q, _ A) A { return ours(q) })
}

// compareWhere is compareWith for ours that must know what node cannot answer.
func compareWhere[Q, A any](t *testing.T, script string, questions []Q, ours func(Q, A) A) {
	t.Helper()
	dir := npmoracle.Install(t, "semver", semverVersion)
	wrong := 0
	npmoracle.Ask(t, dir, "const semver = require('semver');"+script, questions, func(i int, answer []byte) {
		var want A
		if err := json.Unmarshal(answer, &want); err != nil {
			t.Fatalf("%s: %v", answer, err)
		}
		if got := ours(questions[i], want); !reflect.DeepEqual(got, want) {
			if wrong++; wrong <= 20 {
				q, _ := json.Marshal(questions[i])
				t.Errorf("%s\n got  %+v\n want %+v", q, got, want)
			}
		}
	})
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(questions))
	}
}

type rangeQuestion struct {
	Range    string
	Loose    bool `json:"loose"`
	Inc      bool `json:"includePrerelease"`
	Versions []string
}

// rangeAnswer is what a range means; everything is empty when it is invalid.
type rangeAnswer struct {
	Valid bool
	Text  string
	Tests []bool
	Max   int
	Least int // minSatisfying
	Min   string
}

// A minimum of "?" is an exception, which node-semver's minVersion ends in
// when the minimum is a version that it cannot itself parse.
const rangeScript = `
const minVersion = q => {
  try {
    const v = semver.minVersion(q.Range, q)?.format() || ''
    return v === '' || semver.valid(v) ? v : '?'
  } catch (e) { return '?' }
}
const answer = q => {
  try {
    const r = new semver.Range(q.Range, q)
    const max = semver.maxSatisfying(q.Versions, q.Range, q)
    const least = semver.minSatisfying(q.Versions, q.Range, q)
    return { Valid: true, Text: r.range, Tests: q.Versions.map(v => r.test(v)),
      Max: q.Versions.indexOf(max), Least: q.Versions.indexOf(least), Min: minVersion(q) }
  } catch (e) { return { Tests: null, Max: -1, Least: -1 } }
}`

// TestRangesAgainstNode counts each version tested as a case.
func TestRangesAgainstNode(t *testing.T) {
	const versions = 8
	g := newGenerator(*seed)
	questions := make([]rangeQuestion, caseCount(100)/versions)
	for i := range questions {
		q := rangeQuestion{Range: g.rangeText(), Loose: g.chance(40), Inc: g.chance(40)}
		for len(q.Versions) < versions {
			if v := g.near(q.Range); g.chance(70) {
				q.Versions = append(q.Versions, v)
			} else {
				q.Versions = append(q.Versions, g.version())
			}
		}
		questions[i] = q
	}
	valid, satisfied := 0, 0
	compareWhere(t, rangeScript, questions, func(q rangeQuestion, want rangeAnswer) rangeAnswer {
		a := answerRange(q)
		if want.Min == "?" {
			a.Min = "?"
		}
		if a.Valid {
			valid++
		}
		for _, ok := range a.Tests {
			if ok {
				satisfied++
			}
		}
		return a
	})
	t.Logf("%d ranges, %d valid; %d versions tested, %d satisfy", len(questions), valid, len(questions)*versions, satisfied)
	if valid*2 < len(questions) || satisfied*8 < valid*versions {
		t.Error("too few valid ranges or matches to mean anything")
	}
}

func answerRange(q rangeQuestion) rangeAnswer {
	r, err := Parse(q.Range, Options{q.Loose, q.Inc})
	if err != nil {
		return rangeAnswer{Max: -1, Least: -1}
	}
	a := rangeAnswer{Valid: true, Text: r.String()}
	var parsed []*semver.Version
	texts := make(map[*semver.Version]string)
	for i, s := range q.Versions {
		a.Tests = append(a.Tests, r.TestString(s))
		if v, err := ParseVersion(s, q.Loose); err == nil && r.Test(v) == a.Tests[i] {
			parsed, texts[v] = append(parsed, v), s
		}
	}
	place := func(v *semver.Version) int {
		if v == nil {
			return -1
		}
		return slices.Index(q.Versions, texts[v]) // node finds the first of equal texts
	}
	a.Max, a.Least = place(MaxSatisfying(parsed, r)), place(MinSatisfying(parsed, r))
	if v := MinVersion(r); v != nil {
		a.Min = v.String()
	}
	return a
}

type versionQuestion struct {
	A, B  string
	Loose bool `json:"loose"`
}

type versionAnswer struct {
	Valid      bool
	Text       string
	Build      string
	Clean      string
	Comparable bool
	Compare    int
}

const versionScript = `
const answer = q => {
  const a = semver.parse(q.A, q), b = semver.parse(q.B, q)
  return {
    Valid: !!a, Text: a ? a.version : '', Build: a ? a.build.join('.') : '',
    Clean: semver.clean(q.A, q) || '', Comparable: !!(a && b),
    Compare: a && b ? semver.compare(q.A, q.B, q) : 0 }
}`

func TestVersionsAgainstNode(t *testing.T) {
	g := newGenerator(*seed + 1)
	questions := make([]versionQuestion, caseCount(50))
	for i := range questions {
		q := versionQuestion{A: g.version(), Loose: g.chance(50)}
		if q.B = g.near(q.A); g.chance(20) {
			q.B = g.version()
		}
		questions[i] = q
	}
	compareWith(t, versionScript, questions, func(q versionQuestion) (ans versionAnswer) {
		a, errA := ParseVersion(q.A, q.Loose)
		b, errB := ParseVersion(q.B, q.Loose)
		if errA == nil {
			ans.Valid, ans.Text, ans.Build = true, versionOf(a).String(), a.Metadata()
		}
		ans.Clean, _ = Clean(q.A, q.Loose)
		if ans.Comparable = errA == nil && errB == nil; ans.Comparable {
			ans.Compare = Compare(a, b)
		}
		return ans
	})
}

type pairQuestion struct {
	A, B  string
	Loose bool `json:"loose"`
	Inc   bool `json:"includePrerelease"`
}

// pairAnswer has Threw set where node-semver ends in an exception on ranges
// that it has parsed: it reads its own canonical texts again, not all of which
// are valid (1.0.0-099999999999999999).
type pairAnswer struct{ Valid, Intersects, Subset, Threw bool }

const pairScript = `
const answer = q => {
  if (semver.validRange(q.A, q) === null || semver.validRange(q.B, q) === null) return {}
  try {
    return { Valid: true,
      Intersects: semver.intersects(q.A, q.B, q), Subset: semver.subset(q.A, q.B, q) }
  } catch (e) { return { Valid: true, Threw: true } }
}`

func TestPairsAgainstNode(t *testing.T) {
	g := newGenerator(*seed + 2)
	questions := make([]pairQuestion, caseCount(50))
	for i := range questions {
		q := pairQuestion{A: g.rangeText(), B: g.rangeText(), Loose: g.chance(30), Inc: g.chance(40)}
		switch g.IntN(4) {
		case 0:
			q.B = g.pick("^", "~", ">=", "<", "", "<=", ">") + g.near(q.A)
		case 1:
			q.B = q.A + g.pick(" ", " || ") + g.alternative()
		}
		if g.chance(50) {
			q.A, q.B = q.B, q.A
		}
		questions[i] = q
	}
	yes := [2]int{}
	compareWhere(t, pairScript, questions, func(q pairQuestion, want pairAnswer) pairAnswer {
		if want.Threw {
			return want
		}
		ans := answerPair(q)
		for i, ok := range []bool{ans.Intersects, ans.Subset} {
			if ok {
				yes[i]++
			}
		}
		return ans
	})
	t.Logf("%d pairs, %d intersect, %d subsets", len(questions), yes[0], yes[1])
}

func answerPair(q pairQuestion) (ans pairAnswer) {
	a, errA := Parse(q.A, Options{q.Loose, q.Inc})
	b, errB := Parse(q.B, Options{q.Loose, q.Inc})
	if ans.Valid = errA == nil && errB == nil; ans.Valid {
		ans.Intersects, ans.Subset = Intersects(a, b), Subset(a, b)
	}
	return ans
}

type coerceQuestion struct {
	Text string
	RTL  bool `json:"rtl"`
	Inc  bool `json:"includePrerelease"`
}

const coerceScript = `
const answer = q => {
  const v = semver.coerce(q.Text, q)
  return v ? [v.version, v.build.join('.')] : null
}`

func TestCoerceAgainstNode(t *testing.T) {
	g := newGenerator(*seed + 3)
	questions := make([]coerceQuestion, caseCount(20))
	for i := range questions {
		questions[i] = coerceQuestion{g.coercible(), g.chance(50), g.chance(50)}
	}
	compareWith(t, coerceScript, questions, func(q coerceQuestion) []string {
		v := CoerceWith(q.Text, CoerceOptions{q.RTL, q.Inc})
		if v == nil {
			return nil
		}
		return []string{versionOf(v).String(), v.Metadata()}
	})
}
