package registry

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func encode(t testing.TB, p *Packument) string {
	t.Helper()
	data, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEncodeCanonical(t *testing.T) {
	const want = `{"dist-tags":{"latest":"2.0.0"},"name":"@s/demo","versions":{` +
		`"1.0.0":{"bin":{"demo":"cli.js"},"dependencies":{"b":"^1"},"deprecated":"use 2",` +
		`"dist":{"fileCount":3,"integrity":"sha512-AAAA","signatures":[{"keyid":"K","sig":"S"}],"unpackedSize":99},` +
		`"name":"@s/demo","optionalDependencies":{"opt":"*"},"time":"2020-02-03T04:05:06.789Z","version":"1.0.0"},` +
		`"2.0.0":{"bundleDependencies":["b"],"cpu":["x64"],"dist":{"integrity":"sha512-BBBB"},"engines":{"node":">=18"},` +
		`"hasInstallScript":true,"name":"@s/demo","os":["linux"],"peerDependencies":{"p":">=1"},` +
		`"peerDependenciesMeta":{"p":{"optional":true}},"version":"2.0.0"}}}`
	got := encode(t, mustParse(t, abbreviated))
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if again := encode(t, mustParse(t, got)); again != got {
		t.Errorf("encoding what was decoded differs: %s", again)
	}
}

// TestEncodeEqualWhoeverWroteIt holds the same package in several upstream
// shapes to one form.
func TestEncodeEqualWhoeverWroteIt(t *testing.T) {
	docs := map[string]string{
		"abbreviated": `{"name":"x","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"x","version":"1.0.0","bin":{"x":"cli.js"},
			"dependencies":{"o":"1"},"optionalDependencies":{"o":"1"},"hasInstallScript":true,"os":["linux"],"bundleDependencies":["a"],
			"dist":{"integrity":"i"}}}}`,
		"full": `{"_id":"x","readme":"…","name":"x","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"_id":"x@1.0.0","name":"x","version":"1.0.0",
			"bin":"./cli.js","scripts":{"install":"make"},"optionalDependencies":{"o":"1"},"os":"linux","bundledDependencies":["a"],
			"time":{"odd":1},"dist":{"tarball":"x.tgz","shasum":"s","integrity":"i"},"gitHead":"0","directories":{"bin":"ignored"}}}}`,
		"index": `{"versions":{"1.0.0":{"version":"1.0.0","os":["linux"],"bin":{"x":"../cli.js"},"hasInstallScript":true,
			"bundleDependencies":["a"],"optionalDependencies":{"o":"1"},"dist":{"integrity":"i","size":0}}},"name":"x","dist-tags":{"latest":"1.0.0","next":"7.0.0"}}`,
	}
	want := encode(t, mustParse(t, docs["abbreviated"]))
	for name, doc := range docs {
		if got := encode(t, mustParse(t, doc)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

func TestEncodeKeysAreSorted(t *testing.T) {
	doc := `{"name":"x","dist-tags":{},"versions":{"1.0.0":{"bin":"a","bundleDependencies":["a"],"cpu":["a"],"dependencies":{"a":"1"},
		"deprecated":"d","dist":{"attestations":{"url":"u"},"cid":"c","fileCount":1,"integrity":"i","signatures":[1],"size":2,"unpackedSize":3},
		"engines":{"node":"1"},"hasInstallScript":true,"libc":["glibc"],"optionalDependencies":{"b":"1"},"os":["a"],"peerDependencies":{"a":"1"},
		"peerDependenciesMeta":{"a":{"optional":true}},"time":"2020-01-01T00:00:00Z"}}}`
	got := encode(t, mustParse(t, doc))
	var generic any
	if err := json.Unmarshal([]byte(got), &generic); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(generic) // maps come out sorted
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := strings.Count(got, ":"); n != 37 {
		t.Errorf("%d members in %s", n, got)
	}
}

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"":                       `""`,
		"plain <&> é\u2028":      "\"plain <&> é\u2028\"",
		"a\"b\\c":                `"a\"b\\c"`,
		"\b\f\n\r\t\x00\x1f\x7f": "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"",
		"bad \xff\xc3":           "\"bad \ufffd\ufffd\"",
	} {
		got := appendString(nil, in)
		if string(got) != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != strings.ToValidUTF8(in, "\ufffd") && !strings.Contains(in, "\xff") {
			t.Errorf("%q comes back as %q: %v", in, back, err)
		}
	}
}

func TestInfoRoundTrip(t *testing.T) {
	info := testInfo()
	info.Format = Format
	const want = `{"format":1,"name":"test","providers":["/ip4/127.0.0.1/tcp/4001","http://gateway.example/"],"sequence":1,"time":"2026-01-02T03:04:05.678Z"}`
	if got := info.Encode(); string(got) != want {
		t.Errorf("got %s", got)
	}
	back, err := ParseInfo([]byte(want))
	if err != nil || !bytes.Equal(back.Encode(), []byte(want)) {
		t.Errorf("comes back as %s: %v", back.Encode(), err)
	}
}
