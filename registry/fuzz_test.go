package registry

import (
	"encoding/json"
	"slices"
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// FuzzParse: no input may panic; what is accepted must encode to a fixed
// point, and what is valid JSON must be cut as a decoder would cut it.
func FuzzParse(f *testing.F) {
	f.Add([]byte(abbreviated))
	f.Add([]byte(`{"name":"x","dist-tags":{},"versions":{"1.0.0":{"dist":{"signatures":[1e5,{"a":null}]},"deprecated":true}}}`))
	f.Add([]byte(`{"name":"x","versions":{"1.0.0":{"bin":"\\","time":"2020-01-01T00:00:00Z"}},"time":{"1.0.0":"9999-12-31T23:59:59.9999Z"}}`))
	f.Add([]byte(`{"name":"x\"}`))
	f.Add([]byte(`{"name":"x","dist-tags":{"` + "\xaf" + `":"1.0.0"},"versions":{"1.0.0":{}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			return
		}
		checkAgainstDecoder(t, data, p)
		checkTrimmed(t, p)
		for _, v := range p.VersionList() {
			p.IsDeprecated(v)
			p.Time(v)
		}
		one, err := p.Encode()
		if err != nil {
			return
		}
		q, err := Parse(one)
		if err != nil {
			t.Fatalf("%s does not come back: %v", one, err)
		}
		two, err := q.Encode()
		if err != nil || string(two) != string(one) {
			t.Fatalf("not a fixed point:\n%s\n%s\n%v", one, two, err)
		}
		if !json.Valid(one) {
			t.Fatalf("not JSON: %s", one)
		}
	})
}

func checkAgainstDecoder(t *testing.T, data []byte, p *Packument) {
	var wire map[string]json.RawMessage
	if !json.Valid(data) || json.Unmarshal(data, &wire) != nil {
		return
	}
	var name string
	if json.Unmarshal(wire["name"], &name) != nil || name != p.Name {
		t.Fatalf("name %q, decoder has %q", p.Name, name)
	}
	var versions map[string]json.RawMessage
	_ = json.Unmarshal(wire["versions"], &versions)
	for v, raw := range versions {
		if validVersion(v) != p.Has(v) && raw[0] == '{' {
			t.Fatalf("version %q: %v", v, p.Has(v))
		}
	}
}

func FuzzInfo(f *testing.F) {
	f.Add([]byte(`{"format":1,"name":"x","providers":["a"],"sequence":7,"time":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"format":1,"previous":"` + demoCID + `","upstream":"http://registry.example/"}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := ParseInfo(data)
		if err != nil {
			return
		}
		again, err := ParseInfo(info.Encode())
		if err != nil || string(again.Encode()) != string(info.Encode()) {
			t.Fatalf("%s does not come back: %v", info.Encode(), err)
		}
	})
}

// FuzzReader replaces one block of a sharded index by anything, as if the
// verification below had failed: the reader must stand even that.
func FuzzReader(f *testing.F) {
	m, root, names := many(f, 4500)
	cids := make([]cid.Cid, 0, len(m.blocks))
	for c := range m.blocks {
		if c.Prefix().Codec == cid.DagProtobuf {
			cids = append(cids, c)
		}
	}
	slices.SortFunc(cids, func(a, b cid.Cid) int { return len(m.blocks[b].RawData()) - len(m.blocks[a].RawData()) })
	f.Add(uint16(0), uint16(0), []byte{})
	f.Add(uint16(1), uint16(3), []byte{0xff, 0x12})
	f.Add(uint16(2), uint16(60), m.blocks[root].RawData())
	f.Fuzz(func(t *testing.T, which, at uint16, patch []byte) {
		c := cids[int(which)%len(cids)]
		if which%3 == 0 {
			c = root
		}
		good := m.blocks[c]
		data := slices.Clone(good.RawData())
		copy(data[int(at)%len(data):], patch)
		if len(patch) == 0 {
			data = data[:int(at)%len(data)]
		}
		bad, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			t.Fatal(err)
		}
		m.blocks[c] = bad
		defer func() { m.blocks[c] = good }()
		r, err := OpenReader(t.Context(), m, root)
		if err != nil {
			return
		}
		_ = r.Prefetch(t.Context(), names[:40])
		for _, name := range names[:40] {
			if p, err := r.Packument(t.Context(), name); err == nil && p.Name != name {
				t.Fatalf("%s answers %s", name, p.Name)
			}
		}
		_, _ = r.Names(t.Context())
	})
}
