package cmd

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// largeIndex puts an index of n packages into a Kubo, and returns every 49th
// name: of 50,000 those are 1,021.
func largeIndex(b *testing.B, n int) (node *kubotest.Node, root cid.Cid, wanted []string) {
	b.Helper()
	node = kubotest.Start(b, kubotest.Options{})
	kubo, err := ipfsstore.Kubo(node.API, ipfsstore.KuboOptions{Offline: true})
	if err != nil {
		b.Fatal(err)
	}
	store, err := ipfsstore.Open(ipfsstore.Options{Dir: b.TempDir(), Sources: []ipfsstore.Source{kubo}})
	if err != nil {
		b.Fatal(err)
	}
	data, err := tarball.Pack([]tarball.File{{Path: "package.json", Data: []byte(`{"name":"a","version":"1.0.0"}`)}})
	if err != nil {
		b.Fatal(err)
	}
	content, err := store.Import(b.Context(), data)
	if err != nil {
		b.Fatal(err)
	}
	w, err := registry.NewWriter(b.Context(), store, cid.Undef)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("package-%d", i)
		if i%10 == 0 {
			name = fmt.Sprintf("@scope%d/%s", i%40/10, name)
		}
		p := registry.New(name)
		v := &registry.Version{Dist: registry.Dist{CID: content.String(), Integrity: tarball.Sum512(data), Size: int64(len(data))}}
		v.Name, v.Version = name, "1.0.0"
		v.Dependencies = map[string]string{"left-pad": "^1.0.0", "is-number": "^7.0.0"}
		if err := p.Set(v); err != nil {
			b.Fatal(err)
		}
		w.Put(p)
		if i%49 == 3 {
			wanted = append(wanted, name)
		}
	}
	if root, err = w.Commit(b.Context(), registry.Info{Name: "large"}); err != nil {
		b.Fatal(err)
	}
	if err := store.Push(b.Context(), kubo, []cid.Cid{root}); err != nil {
		b.Fatal(err)
	}
	return node, root, wanted
}

// BenchmarkIndexOf50000 looks a thousand names up in an index of 50,000 that
// lies in a Kubo on loopback: cold, with nothing on the disk, by each way to it,
// and warm, as a later process does.
func BenchmarkIndexOf50000(b *testing.B) {
	node, root, wanted := largeIndex(b, 50_000)
	kubo, err := ipfsstore.Kubo(node.API, ipfsstore.KuboOptions{Offline: true})
	if err != nil {
		b.Fatal(err)
	}
	gateway, err := ipfsstore.Gateway(node.Gateway, ipfsstore.GatewayOptions{})
	if err != nil {
		b.Fatal(err)
	}
	repo, ok := ipfsstore.KuboRepo(node.RepoPath)
	if !ok {
		b.Fatal("the node's repository cannot be read")
	}
	look := func(b *testing.B, dir string, sources ...ipfsstore.Source) {
		b.Helper()
		store, err := ipfsstore.Open(ipfsstore.Options{Dir: dir, Sources: sources})
		if err != nil {
			b.Fatal(err)
		}
		r, err := registry.OpenReader(b.Context(), store, root)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Prefetch(b.Context(), wanted); err != nil {
			b.Fatal(err)
		}
	}
	for name, source := range map[string]ipfsstore.Source{"repository": repo, "rpc": kubo, "gateway": gateway} {
		b.Run("cold/"+name, func(b *testing.B) {
			dir := b.TempDir()
			for i := 0; b.Loop(); i++ {
				look(b, filepath.Join(dir, fmt.Sprint(i)), source)
			}
		})
	}
	b.Run("warm", func(b *testing.B) {
		dir := b.TempDir()
		look(b, dir, repo)
		for b.Loop() {
			look(b, dir)
		}
	})
}
