package ipfsstore

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// Options opens a [Store].
type Options struct {
	// Dir is the data directory; what is missing in it is made when written.
	Dir string
	// Sources are asked in order for what the disk does not hold.
	Sources []Source
	// Find, where given, returns further sources, for after those. It is called
	// once, when a block or a name is first asked of a source: to find a daemon
	// takes a request, which a run that needs none is spared.
	Find func() ([]Source, error)
	// Offline leaves out every source that is not a [LocalSource].
	Offline bool
	// Patience is how long a source may show no progress before the next one
	// is started beside it; 0 means 2 seconds.
	Patience time.Duration
	// Trace, where given, is told who brought each block, by many goroutines.
	Trace func(Served)
}

const defaultPatience = 2 * time.Second

// Store is the local blockstore together with the sources that fill it. It is
// safe for concurrent use, and any number of processes may open one Dir.
type Store struct {
	dir      string
	disk     blockDir
	digests  digestTable
	names    nameDir
	find     func() ([]Source, error) // nil when done
	findMu   sync.Mutex
	peers    []*peer // guarded by findMu, and never changed in place
	added    []*peer // guarded by findMu: to come into peers when find is done
	own      *Meter
	trace    func(Served)
	arrivals arrivals
	patience time.Duration
	offline  bool
}

// Open makes a Store. It touches neither disk nor network.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("ipfsstore: no directory")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir:      dir,
		disk:     blockDir{filepath.Join(dir, "blocks"), ownShard},
		digests:  digestTable{path: filepath.Join(dir, "digests")},
		names:    nameDir{root: filepath.Join(dir, "names")},
		own:      NewMeter(OwnStore),
		trace:    o.Trace,
		find:     o.Find,
		patience: o.Patience,
		offline:  o.Offline,
	}
	if s.patience <= 0 {
		s.patience = defaultPatience
	}
	for _, src := range o.Sources {
		s.peers = append(s.peers, newPeer(src))
	}
	return s, nil
}

// sources returns those there are, and finds the further ones first. A failure
// to find them is tried again by the next caller.
func (s *Store) sources() ([]*peer, error) {
	s.findMu.Lock()
	defer s.findMu.Unlock()
	if s.find == nil {
		return s.peers, nil
	}
	found, err := s.find()
	if err != nil {
		return nil, err
	}
	for _, src := range found {
		s.peers = append(s.peers, newPeer(src))
	}
	s.find = nil
	for _, p := range s.added {
		s.insert(p)
	}
	s.added = nil
	return s.peers, nil
}

// Add makes a further source known, as one that an index says has its content.
// It comes after those there are but before a [Crowd], for peers come last.
func (s *Store) Add(src Source) {
	s.findMu.Lock()
	defer s.findMu.Unlock()
	if s.find != nil {
		s.added = append(s.added, newPeer(src))
		return
	}
	s.insert(newPeer(src))
}

func (s *Store) insert(p *peer) {
	at := slices.IndexFunc(s.peers, func(p *peer) bool {
		_, crowd := p.Source.(Crowd)
		return crowd
	})
	if at < 0 {
		at = len(s.peers)
	}
	s.peers = slices.Insert(slices.Clone(s.peers), at, p)
}

// known are the sources that were found so far.
func (s *Store) known() []*peer {
	s.findMu.Lock()
	defer s.findMu.Unlock()
	return s.peers
}

// Close ends the use of the store. Nothing is pending by then: every write is
// done when its call returns.
func (s *Store) Close() error { return s.digests.close() }

// Usage counts what the local disk and each source brought since Open, in the
// order of [Options.Sources], the disk first.
func (s *Store) Usage() []Usage {
	all := []Usage{s.own.Usage()}
	for _, p := range s.known() {
		all = append(all, p.Usage())
	}
	return all
}

// Has tells whether the block is on the local disk, or, for an alias CID (see
// [CIDOfIntegrity]), whether the block it stands for is. It does not read it.
func (s *Store) Has(c cid.Cid) bool {
	if !c.Defined() {
		return false
	}
	if s.disk.has(c) {
		return true
	}
	if !isAlias(c) {
		return false
	}
	target, ok := s.aliasTarget(c)
	return ok && s.disk.has(target)
}

// PutBlocks writes blocks to the local disk. Each is hashed first; a
// *[MismatchError] names one that is not what its CID says. Several are read at
// once, so that a merkledag.ProtoNode, which encodes itself when it is first
// asked, may stand among them once only.
func (s *Store) PutBlocks(ctx context.Context, bs []blocks.Block) error {
	return inParallel(ctx, bs, func(b blocks.Block) error {
		if !hashesTo(b.Cid(), b.RawData()) {
			return &MismatchError{CID: b.Cid(), Source: "caller", Size: len(b.RawData())}
		}
		return s.disk.put(b.Cid(), b.RawData())
	})
}

// Import stores a file's blocks (see [ImportLayout]) and returns its root.
func (s *Store) Import(ctx context.Context, data []byte) (cid.Cid, error) {
	root, bs, err := ImportLayout(data)
	if err != nil {
		return cid.Undef, err
	}
	err = inParallel(ctx, bs, func(b blocks.Block) error {
		return s.disk.put(b.Cid(), b.RawData())
	})
	if err != nil {
		return cid.Undef, err
	}
	return root, nil
}

// Known looks the strongest hash of an integrity up in the digest table: the
// UnixFS CID and the size in bytes of the file that has it. The table is what
// this machine verified itself; the blocks may be gone all the same.
func (s *Store) Known(integrity string) (cid.Cid, int64, bool) {
	return s.digests.get(integrity)
}

// Remember records that the file of root c and the size in bytes has the
// integrity. The caller has verified it.
func (s *Store) Remember(integrity string, c cid.Cid, size int64) error {
	return s.digests.put(integrity, c, size)
}

// aliasTarget looks up which UnixFS file an alias CID stands for.
func (s *Store) aliasTarget(c cid.Cid) (cid.Cid, bool) {
	integrity, err := integrityOfAlias(c)
	if err != nil {
		return cid.Undef, false
	}
	target, _, ok := s.digests.get(integrity)
	return target, ok
}

// Dropped lists the sources that lied in this run, with the lie: for a
// warning, since the fetch itself went on with the next source.
func (s *Store) Dropped() []*SourceError {
	var out []*SourceError
	for _, p := range s.known() {
		if lie := p.lieTold(); lie != nil {
			out = append(out, &SourceError{Source: p.Name(), Err: lie})
		}
		if crowd, ok := p.Source.(Crowd); ok {
			out = append(out, crowd.Liars()...)
		}
	}
	return out
}
