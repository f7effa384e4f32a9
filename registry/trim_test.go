package registry

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// checkTrimmed holds the trimmed form of p to p's own answers.
func checkTrimmed(t *testing.T, p *Packument) {
	t.Helper()
	data := p.Trim()
	q, err := ParseTrimmed(data)
	if err != nil {
		t.Fatalf("%s does not come back: %v", data, err)
	}
	if q.Name != p.Name || !maps.Equal(q.DistTags, p.DistTags) || !slices.Equal(q.VersionList(), p.VersionList()) {
		t.Fatalf("%s: %s, %v, %v", data, q.Name, q.DistTags, q.VersionList())
	}
	for _, number := range p.VersionList() {
		was, is := p.IsDeprecated(number), q.IsDeprecated(number)
		at, _ := q.Time(number)
		v, errP := p.Version(number)
		w, errQ := q.Version(number)
		if (errP == nil) != (errQ == nil) || was != is || !reflect.DeepEqual(v, w) {
			t.Fatalf("%s: deprecated %t, %+v, %v; trimmed %t, %+v, %v", number, was, v, errP, is, w, errQ)
		}
		if v != nil && !at.Equal(v.Time) {
			t.Fatalf("%s: time %v, trimmed %v", number, v.Time, at)
		}
	}
}

func TestTrim(t *testing.T) {
	for name, doc := range map[string]string{
		"abbreviated": abbreviated,
		"no versions": `{"name":"x"}`,
		"full": `{"name":"x","time":{"1.0.0":"2020-02-03T04:05:06.789+01:00"},"versions":{"1.0.0":{"scripts":{"install":"y"},` +
			`"gypfile":true,"license":"MIT","directories":{"bin":"b"},"peerDependenciesMeta":{"p":{"optional":true}},"libc":["musl"]}}}`,
		"two times":  `{"name":"x","time":{"1.0.0":"2020-02-03T04:05:06Z"},"versions":{"1.0.0":{"time":"2021-02-03T04:05:06Z"}}}`,
		"own times":  `{"name":"x","versions":{"1.0.0":{"time":"2021-02-03T04:05:06Z"},"2.0.0":{}}}`,
		"unreadable": `{"name":"x","versions":{"1.0.0":{"a" "b"},"2.0.0":{"dependencies":{"a" "b"}},"3.0.0":{ "os" : [ "x" ] }}}`,
		"no UTF-8":   `{"name":"x","dist-tags":{"` + "\xaf" + `":"1.0.0","\t":"1.0.0"},"versions":{"1.0.0":{}}}`,
		"large":      string(large(20)),
	} {
		t.Run(name, func(t *testing.T) { checkTrimmed(t, mustParse(t, doc)) })
	}
}

func TestTrimKeepsWhatIsRead(t *testing.T) {
	p := mustParse(t, `{"name":"x","readme":"r","versions":{"1.0.0":{"name":"x","devDependencies":{"t":"1"},"cpu":["x64"],"funding":"f"}},`+
		`"time":{"created":"2019-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00.000Z"}}`)
	want := `{"name":"x","versions":{"1.0.0":45}}` + "\n" + `{"time":"2020-01-01T00:00:00Z","cpu":["x64"]}`
	if got := p.Trim(); string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestParseTrimmedRefuses(t *testing.T) {
	whole := mustParse(t, abbreviated).Trim()
	for name, data := range map[string][]byte{
		"empty":        nil,
		"no line":      bytes.TrimRight(whole[:bytes.IndexByte(whole, '\n')+1], "\n"),
		"cut":          whole[:len(whole)-1],
		"appended":     append(slices.Clone(whole), ' '),
		"no name":      []byte("{}\n"),
		"no length":    []byte(`{"name":"x","versions":{"1.0.0":{}}}` + "\n{}"),
		"negative":     []byte(`{"name":"x","versions":{"1.0.0":-1}}` + "\n{}"),
		"a document":   []byte(`{"name":"x","versions":{"1.0.0":{}}}`),
		"name as path": []byte(`{"name":"../x"}` + "\n"),
	} {
		_, err := ParseTrimmed(data)
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkTrim(b *testing.B) {
	p, err := Parse(large(2000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Trim()
	}
}

// BenchmarkParseTrimmed is to be compared with BenchmarkParse.
func BenchmarkParseTrimmed(b *testing.B) {
	p, err := Parse(large(2000))
	if err != nil {
		b.Fatal(err)
	}
	data := p.Trim()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseTrimmed(data); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzParseTrimmed: no input may panic, and what is accepted has the same
// answers when it is trimmed again.
func FuzzParseTrimmed(f *testing.F) {
	for _, doc := range []string{abbreviated, string(large(3)), `{"name":"x","versions":{"1.0.0":{"a" "b"}}}`} {
		f.Add(mustParse(f, doc).Trim())
	}
	f.Add([]byte(`{"name":"x","versions":{"1.0.0":2,"1.0.0":3}}` + "\n{}{ }"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := ParseTrimmed(data); err == nil {
			checkTrimmed(t, p)
		}
	})
}
