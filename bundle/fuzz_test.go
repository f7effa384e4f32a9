package bundle_test

import (
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// FuzzOpen replaces one file of a good bundle, or its root.
func FuzzOpen(f *testing.F) {
	m := memory{}
	root := layOut(f, m, sample(f, m))
	links, err := unixfs.NewTree(m).List(f.Context(), root, 10)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(len(links)), m[string(root.Hash())])
	for i, l := range links {
		f.Add(uint8(i), m[string(l.CID.Hash())])
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		changed := memory{}
		for hash, data := range m {
			changed[hash] = data
		}
		var root cid.Cid
		if int(which) < len(links) {
			root = replaced(t, changed, links, int(which), data)
		} else {
			root = cid.NewCidV1(cid.DagProtobuf, fileOf(t, changed, string(data)).Hash())
		}
		b, err := bundle.Open(t.Context(), changed, root)
		if err != nil {
			return
		}
		for key, r := range b.Manifest.Registries {
			if _, err := cid.Decode(r.Root); err != nil || r.IPNS != "" && r.Upstream != "" {
				t.Errorf("registry %q came through as %+v", key, r)
			}
		}
		if b.Lock == nil || b.Lock.Merged {
			t.Error("a bundle without a lockfile came through")
		}
	})
}

// replaced is the root with other bytes under one of its names.
func replaced(t *testing.T, m memory, links []unixfs.Link, which int, data []byte) cid.Cid {
	t.Helper()
	own := append([]unixfs.Link(nil), links...)
	link, bs, err := unixfs.File(data)
	if err != nil {
		t.Fatal(err)
	}
	if own[which].CID.Prefix().Codec == cid.DagProtobuf && len(bs) == 1 {
		link.CID = cid.NewCidV1(cid.DagProtobuf, link.CID.Hash())
	}
	own[which].CID = link.CID
	dir, more, err := unixfs.Directory(own)
	if err != nil {
		t.Fatal(err)
	}
	m.put(append(append([]blocks.Block(nil), bs...), more...)...)
	return dir.CID
}
