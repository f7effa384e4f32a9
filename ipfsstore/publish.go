package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/boxo/ipns"
	"github.com/ipfs/boxo/path"
	"github.com/ipfs/go-cid"
)

const (
	// DefaultLifetime of a record, Kubo's.
	DefaultLifetime = ipns.DefaultRecordLifetime
	// DefaultTTL of a record, Kubo's.
	DefaultTTL = ipns.DefaultRecordTTL
)

// Sign makes the signed record that points the key's name at root, with the
// sequence, expiring at validity. It stores and sends nothing.
func Sign(key Key, root cid.Cid, sequence uint64, validity time.Time, ttl time.Duration) (Record, error) {
	if err := checkCID(root); err != nil {
		return Record{}, err
	}
	rec, err := ipns.NewRecord(key.priv, path.FromCid(root), sequence, validity, ttl)
	if err != nil {
		return Record{}, fmt.Errorf("signing record: %w", err)
	}
	data, err := ipns.MarshalRecord(rec)
	if err != nil {
		return Record{}, fmt.Errorf("encoding record: %w", err)
	}
	out, err := ParseRecord(key.id, data)
	if err != nil {
		return Record{}, fmt.Errorf("signed record does not verify: %w", err)
	}
	out.Source, out.Fetched = OwnStore, time.Now()
	return out, nil
}

// Published is the outcome of [Store.Publish].
type Published struct {
	Record
	// Put lists the sources that were given the record; Err is nil for those
	// that took it.
	Put []SourceError
}

// Publish points the key's name at root: it signs a record with the next
// sequence, remembers it, and puts it on every [RecordPutter]. The sequence
// follows the highest that memory or a source knows, so that a second machine
// with the same key carries on. A lifetime or ttl of zero is the default. The
// error is nil once the record is signed and remembered, even when no source
// took it: see Published.Put.
func (s *Store) Publish(ctx context.Context, key Key, root cid.Cid, lifetime, ttl time.Duration) (Published, error) {
	last, err := s.lastSequence(ctx, key.id)
	if err != nil {
		return Published{}, err
	}
	validity := time.Now().Add(orDefault(lifetime, DefaultLifetime))
	rec, err := Sign(key, root, last+1, validity, orDefault(ttl, DefaultTTL))
	if err != nil {
		return Published{}, err
	}
	kept, err := s.names.save(key.id, rec, false)
	if err != nil {
		return Published{}, err
	}
	if kept.Sequence != rec.Sequence || !kept.Root.Equals(rec.Root) {
		return Published{}, fmt.Errorf("publishing %s: another process published sequence %d meanwhile", rec.Name, kept.Sequence)
	}
	return Published{Record: rec, Put: s.putRecord(ctx, key.id, rec.Bytes)}, nil
}

// lastSequence is the highest known to memory or any source, expired or not.
// The first record has sequence 1, so that 0 means none.
func (s *Store) lastSequence(ctx context.Context, name ipns.Name) (uint64, error) {
	have, err := s.names.load(name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	got, _, err := s.race(ctx, name, ResolveOptions{})
	if err != nil {
		return 0, err
	}
	if got != nil && got.Newer(have) {
		return got.Sequence, nil
	}
	return have.Sequence, nil
}

func (s *Store) putRecord(ctx context.Context, name ipns.Name, record []byte) []SourceError {
	var out []SourceError
	for _, p := range s.known() { // lastSequence has found them
		putter, ok := p.Source.(RecordPutter)
		if !ok || s.offline && !p.local() {
			continue
		}
		out = append(out, SourceError{p.Name(), putter.PutRecord(ctx, name, record)})
	}
	return out
}
