package registry

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
)

// large is a document of n versions, of the shape and size of npm's.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"name":"large","dist-tags":{"latest":"1.0.0"},"versions":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"1.0.%d":{"name":"large","version":"1.0.%d","dependencies":{"loose-envify":"^1.1.0","object-assign":"^4.1.1","prop-types":"^15.6.2"},`+
			`"devDependencies":{"tape":"^5.0.0"},"engines":{"node":">=0.10.0"},"dist":{"integrity":"sha512-%s==","shasum":"%s","tarball":"large-1.0.%d.tgz",`+
			`"fileCount":20,"unpackedSize":123456,"signatures":[{"keyid":"SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA","sig":"%s"}]}}`,
			i, i, strings.Repeat("A", 86), strings.Repeat("a", 40), i, strings.Repeat("M", 96))
	}
	b.WriteString(`},"modified":"2024-01-01T00:00:00.000Z"}`)
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	data := large(2000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVersion(b *testing.B) {
	p, err := Parse(large(1))
	if err != nil {
		b.Fatal(err)
	}
	raw := p.versions["1.0.0"].raw
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeVersion("large", "1.0.0", raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	p, err := Parse(large(2000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReader reads 1,000 names of 50,000 with nothing cached, and counts.
func BenchmarkReader(b *testing.B) {
	m, root, names := many(b, 50_000)
	var wanted []string
	for i := 3; i < len(names); i += 49 {
		wanted = append(wanted, names[i])
	}
	m.count()
	b.ReportAllocs()
	for b.Loop() {
		r, err := OpenReader(b.Context(), m, root)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Prefetch(b.Context(), wanted); err != nil {
			b.Fatal(err)
		}
	}
	calls, served := m.count()
	b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
	b.ReportMetric(float64(served)/float64(b.N), "blocks/op")
}

// BenchmarkUpdate writes 500 documents into an index of 50,000: as a mirror on
// this machine has it, as one that is a static registry, and with the documents
// for one gateway.
func BenchmarkUpdate(b *testing.B) {
	for name, info := range map[string]Info{"index": testInfo(), "npm": staticInfo(""), "static": staticInfo(staticBase)} {
		b.Run(name, func(b *testing.B) { benchmarkUpdate(b, info) })
	}
}

func benchmarkUpdate(b *testing.B, info Info) {
	m, plain, names := many(b, 50_000)
	root := commit(b, m, plain, info)
	var docs []*Packument
	for i := 1; i < len(names); i += 100 {
		docs = append(docs, demo(b, names[i], "1.0.0", "1.0.1"))
	}
	before := len(m.blocks)
	m.count()
	b.ReportAllocs()
	for b.Loop() {
		commit(b, m, root, info, docs...)
	}
	calls, served := m.count()
	b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
	b.ReportMetric(float64(served)/float64(b.N), "read/op")
	b.ReportMetric(float64(len(m.blocks)-before), "written")
}

// BenchmarkCreate writes an index of 50,000 documents at once.
func BenchmarkCreate(b *testing.B) {
	var docs []*Packument
	for i := range 50_000 {
		docs = append(docs, demo(b, fmt.Sprintf("package-%d", i), "1.0.0"))
	}
	for b.Loop() {
		commit(b, newMemory(), cid.Undef, testInfo(), docs...)
	}
}
