package bundle_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// memory is a store of blocks that finds them by their hash, as real ones do.
type memory map[string][]byte

func (m memory) put(bs ...blocks.Block) {
	for _, b := range bs {
		m[string(b.Cid().Hash())] = b.RawData()
	}
}

// Blocks implements unixfs.Source.
func (m memory) Blocks(_ context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	for _, c := range cids {
		data, ok := m[string(c.Hash())]
		if !ok {
			return errors.New("not here")
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err == nil {
			err = yield(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func fileOf(t testing.TB, m memory, text string) cid.Cid {
	t.Helper()
	link, bs, err := unixfs.File([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs...)
	return link.CID
}

// sample is a bundle with one of everything; its tarballs and index blocks are
// in m.
func sample(t testing.TB, m memory) bundle.Contents {
	t.Helper()
	tgz, block := fileOf(t, m, "a tarball"), fileOf(t, m, "a directory's node")
	return bundle.Contents{
		Manifest: bundle.Manifest{Registries: map[string]bundle.Registry{
			"default": {IPNS: "k51name", Root: block.String()},
			"@acme":   {Upstream: "https://registry.example/", Root: block.String()},
		}},
		Lock: &lockfile.Lockfile{Name: "p", Version: "1.0.0", Packages: map[string]*lockfile.Package{
			"":               {Name: "p", Version: "1.0.0", Dependencies: map[string]string{"a": "1"}},
			"node_modules/a": {Version: "1.0.0", CID: tgz.String(), Size: 9},
		}},
		Records:  map[string][]byte{"k51name": []byte("signed")},
		Index:    []bundle.IndexBlock{{CID: cid.NewCidV1(cid.DagProtobuf, block.Hash()), Size: 18}, {CID: block, Size: 18}},
		Tarballs: []registry.TarballRef{{Name: "a", Version: "1.0.0", CID: tgz, Size: 9}},
	}
}

func layOut(t testing.TB, m memory, c bundle.Contents) cid.Cid {
	t.Helper()
	root, bs, err := bundle.LayOut(c)
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs...)
	return root
}

func TestRoundTrip(t *testing.T) {
	m := memory{}
	c := sample(t, m)
	root := layOut(t, m, c)
	b, err := bundle.Open(t.Context(), m, root)
	if err != nil {
		t.Fatal(err)
	}
	if string(b.Records["k51name"]) != "signed" || len(b.Records) != 1 {
		t.Errorf("records: %q", b.Records)
	}
	if !maps.Equal(b.Manifest.Registries, c.Manifest.Registries) || b.Manifest.Format != bundle.Format {
		t.Errorf("manifest: %+v", b.Manifest)
	}
	if b.Lock.Packages["node_modules/a"].CID != c.Lock.Packages["node_modules/a"].CID {
		t.Errorf("lockfile: %+v", b.Lock)
	}
	if got := b.Tarballs["a@1.0.0.tgz"]; !got.Equals(c.Tarballs[0].CID) {
		t.Errorf("tarballs: %v", b.Tarballs)
	}
	slices.Reverse(c.Index)
	if again := layOut(t, m, c); !again.Equals(root) {
		t.Errorf("another order gives another root: %s, %s", root, again)
	}
}

// TestEmpty: a project may have no dependencies.
func TestEmpty(t *testing.T) {
	m := memory{}
	root := layOut(t, m, bundle.Contents{Lock: &lockfile.Lockfile{Packages: map[string]*lockfile.Package{"": {Name: "p"}}}})
	b, err := bundle.Open(t.Context(), m, root)
	if err != nil || len(b.Tarballs)+len(b.Records)+len(b.Manifest.Registries) > 0 {
		t.Errorf("%+v, %v", b, err)
	}
}

// gone is a file whose block never came.
const gone = "a record that was lost on the way"

// TestHostile changes one thing each, and wants to hear of that.
func TestHostile(t *testing.T) {
	tests := map[string]struct {
		change func(c *bundle.Contents)
		want   string
	}{
		"both a name and an address": {func(c *bundle.Contents) {
			c.Manifest.Registries["@acme"] = bundle.Registry{IPNS: "k51", Upstream: "https://registry.example/", Root: c.Tarballs[0].CID.String()}
		}, "both"},
		"credentials in an address": {func(c *bundle.Contents) {
			c.Manifest.Registries["@acme"] = bundle.Registry{Upstream: "https://u:p@registry.example/", Root: c.Tarballs[0].CID.String()}
		}, "no address"},
		"a file as a registry": {func(c *bundle.Contents) {
			c.Manifest.Registries["@acme"] = bundle.Registry{Upstream: "file:///etc", Root: c.Tarballs[0].CID.String()}
		}, "no address"},
		"no root": {func(c *bundle.Contents) {
			c.Manifest.Registries["@acme"] = bundle.Registry{}
		}, "root"},
		"too long a record": {func(c *bundle.Contents) {
			c.Records["k51name"] = make([]byte, 1<<20)
		}, "longer"},
		"a missing block": {func(c *bundle.Contents) {
			c.Records["k51name"] = []byte(gone)
		}, "could not be had"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := memory{}
			c := sample(t, m)
			tt.change(&c)
			root := layOut(t, m, c)
			delete(m, string(fileOf(t, memory{}, gone).Hash()))
			_, err := bundle.Open(t.Context(), m, root)
			if bad := new(bundle.FormatError); !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a FormatError with %q", err, tt.want)
			}
		})
	}
}

// TestMisnamedBlock: an index block under another block's name would be taken
// for that one.
func TestMisnamedBlock(t *testing.T) {
	m := memory{}
	a, b := fileOf(t, m, "one"), fileOf(t, m, "two")
	whole := layOut(t, m, sample(t, m))
	links, err := unixfs.NewTree(m).List(t.Context(), whole, 10)
	if err != nil {
		t.Fatal(err)
	}
	index, bs, err := unixfs.Directory([]unixfs.Link{{Name: a.String(), CID: b, Size: 3}})
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs...)
	at := slices.IndexFunc(links, func(l unixfs.Link) bool { return l.Name == "index" })
	links[at].CID = index.CID
	root, bs, err := unixfs.Directory(links)
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs...)
	if _, err := bundle.Open(t.Context(), m, root.CID); err == nil || !strings.Contains(err.Error(), "not the name of the block") {
		t.Errorf("got %v", err)
	}
}
