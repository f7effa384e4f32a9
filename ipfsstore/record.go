package ipfsstore

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ipfs/boxo/ipns"
	"github.com/ipfs/go-cid"
)

// Record is what a verified IPNS record says, and how it was come by.
type Record struct {
	// Name is the IPNS name in base36 ("k51…").
	Name string
	// Root is the CID that the name points at.
	Root cid.Cid
	// Sequence grows with every publication.
	Sequence uint64
	// Validity is when the record expires.
	Validity time.Time
	// TTL is how long the publisher suggests to go without asking again.
	TTL time.Duration
	// Source served the record; [OwnStore] for a remembered one.
	Source string
	// Fetched is when a source last served it to this machine.
	Fetched time.Time
	// Stale marks a remembered record that could not be compared with any
	// source's; show its age. It may be past its Validity.
	Stale bool
	// Bytes is the signed record as it travels.
	Bytes []byte
}

// Age is the time since the record was last seen at a source.
func (r Record) Age(now time.Time) time.Duration { return now.Sub(r.Fetched) }

// isFresh tells whether the record may answer unasked, by its publisher and for
// who goes that long without asking.
func (r Record) isFresh(now time.Time, longest time.Duration) bool {
	age := r.Age(now)
	return age >= 0 && age < min(longest, r.TTL) && !r.Expired(now)
}

// Expired tells whether the record is past its validity.
func (r Record) Expired(now time.Time) bool { return now.After(r.Validity) }

// Newer orders records as the IPNS specification does: by sequence, then by
// validity (https://specs.ipfs.tech/ipns/ipns-record/#record-verification).
func (r Record) Newer(than Record) bool {
	if r.Sequence != than.Sequence {
		return r.Sequence > than.Sequence
	}
	return r.Validity.After(than.Validity)
}

// ParseName parses an IPNS name: "k51…", another spelling of the same key, or
// either after "/ipns/" or "ipns://".
func ParseName(s string) (ipns.Name, error) {
	text := strings.TrimPrefix(strings.TrimPrefix(s, "ipns://"), "/ipns/")
	if len(text) > maxCIDText {
		return ipns.Name{}, fmt.Errorf("IPNS name of %d characters", len(text))
	}
	name, err := ipns.NameFromString(strings.TrimSuffix(text, "/"))
	if err != nil {
		return ipns.Name{}, fmt.Errorf("IPNS name %q: %w", s, err)
	}
	return name, nil
}

// ParseRecord verifies a record's signature and takes it apart. An expired
// record is parsed all the same: the caller looks at Validity. Every error
// means that the bytes are no record of that name.
func ParseRecord(name ipns.Name, data []byte) (Record, error) {
	rec, err := ipns.UnmarshalRecord(data)
	if err != nil {
		return Record{}, err
	}
	// The check of the signature comes before that of the date.
	if err := ipns.ValidateWithName(rec, name); err != nil && !errors.Is(err, ipns.ErrExpiredRecord) {
		return Record{}, err
	}
	out := Record{Name: name.String(), Bytes: data}
	if out.Root, err = rootOf(rec); err != nil {
		return Record{}, err
	}
	if out.Sequence, err = rec.Sequence(); err != nil {
		return Record{}, err
	}
	if out.Validity, err = rec.Validity(); err != nil {
		return Record{}, err
	}
	// Optional in old records, and a hint only.
	if ttl, err := rec.TTL(); err == nil {
		out.TTL = max(ttl, 0)
	}
	return out, nil
}

// rootOf insists on /ipfs/<CID>: a registry's name points at a root, and not
// at a path in one or at another name.
func rootOf(rec *ipns.Record) (cid.Cid, error) {
	value, err := rec.Value()
	if err != nil {
		return cid.Undef, err
	}
	segments := value.Segments()
	if value.Namespace() != "ipfs" || len(segments) != 2 {
		return cid.Undef, fmt.Errorf("it points at %q, not at /ipfs/<CID>", value)
	}
	return ParseCID(segments[1])
}
