package stages

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

// indexWalk looks all names of the project up in an index of them that lies on
// the disk, as a warm root does.
func indexWalk() stage {
	return stage{name: "index walk", unit: "blocks", limit: "the same blocks as files, read and hashed", repeats: true, open: openIndex}
}

func openIndex(ctx context.Context, p *Project, dir string) (pair, error) {
	storeDir := filepath.Join(dir, "store")
	store, err := ipfsstore.Open(ipfsstore.Options{Dir: storeDir})
	if err != nil {
		return pair{}, err
	}
	root, names, err := p.index(ctx, store)
	if err != nil {
		return pair{}, err
	}
	seen := &seenBlocks{store: store}
	if err := walk(ctx, seen, root, names); err != nil {
		return pair{}, err
	}
	bare, err := seen.write(filepath.Join(dir, "bare"))
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: func(ctx context.Context) (int64, error) {
			fresh, err := ipfsstore.Open(ipfsstore.Options{Dir: storeDir})
			if err != nil {
				return 0, err
			}
			defer fresh.Close()
			return int64(len(bare)), walk(ctx, fresh, root, names)
		},
		limit: func(ctx context.Context) (int64, error) {
			return int64(len(bare)), spread(ctx, runtime.NumCPU(), bare, readAndHash)
		},
	}, store.Close()
}

// walk is what a resolver asks of an index.
func walk(ctx context.Context, from registry.Blocks, root cid.Cid, names []string) error {
	r, err := registry.OpenReader(ctx, from, root)
	if err != nil {
		return err
	}
	return r.Prefetch(ctx, names)
}

// index writes the packages of the project, and returns their names.
func (p *Project) index(ctx context.Context, store *ipfsstore.Store) (cid.Cid, []string, error) {
	w, err := registry.NewWriter(ctx, store, cid.Undef)
	if err != nil {
		return cid.Undef, nil, err
	}
	docs := map[string]*registry.Packument{}
	var names []string
	for _, v := range p.versions {
		if docs[v.Name] == nil {
			docs[v.Name] = registry.New(v.Name)
			names = append(names, v.Name)
		}
		if err := docs[v.Name].Set(v); err != nil {
			return cid.Undef, nil, err
		}
	}
	for _, doc := range docs {
		w.Put(doc)
	}
	root, err := w.Commit(ctx, registry.Info{Name: "bench"})
	return root, names, err
}

// seenBlocks keeps what a walk asks for.
type seenBlocks struct {
	store *ipfsstore.Store
	mu    sync.Mutex
	all   []blocks.Block
}

// Blocks implements [registry.Blocks].
func (s *seenBlocks) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	return s.store.Blocks(ctx, cids, func(b blocks.Block) error {
		s.mu.Lock()
		s.all = append(s.all, b)
		s.mu.Unlock()
		return yield(b)
	})
}

// PutBlocks implements [registry.Blocks].
func (s *seenBlocks) PutBlocks(context.Context, []blocks.Block) error {
	return errors.New("a walk writes nothing")
}

// write makes each block a file that is named after its digest, in folders of
// the store's number.
func (s *seenBlocks) write(dir string) ([]string, error) {
	var files []string
	for _, b := range s.all {
		name := b.Cid().String()
		file := filepath.Join(dir, name[len(name)-3:len(name)-1], fmt.Sprintf("%x", sha256.Sum256(b.RawData())))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, b.RawData(), 0o644); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// readAndHash checks a file against its name.
func readAndHash(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(file, fmt.Sprintf("%x", sha256.Sum256(data))) {
		return fmt.Errorf("%s is damaged", file)
	}
	return nil
}
