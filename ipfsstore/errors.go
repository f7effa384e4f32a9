package ipfsstore

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
)

// ErrNotFound is what a [Source] answers when it was reached and does not have
// the record, and what [SourceError] wraps for blocks that it did not have.
var ErrNotFound = errors.New("not found")

// ErrDropped is the cause in a [SourceError] of a source that was not asked
// because it had lied, or failed repeatedly, earlier in this run.
var ErrDropped = errors.New("not asked any more in this run")

// SourceError is one source's failure.
type SourceError struct {
	Source string
	Err    error
}

// Error names the source and its failure.
func (e *SourceError) Error() string { return e.Source + ": " + e.Err.Error() }

// Unwrap returns the failure itself.
func (e *SourceError) Unwrap() error { return e.Err }

// UnavailableError says that no source had the bytes of Ref. Asked tells, in
// order, who was asked and what came of it.
type UnavailableError struct {
	Ref   Ref
	Asked []*SourceError
	// Missing are the blocks of Ref that were not found; it may be cut short.
	Missing []cid.Cid
}

// Error names the file and the sources asked.
func (e *UnavailableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not available", e.Ref.label())
	if n := len(e.Missing); n > 1 {
		fmt.Fprintf(&b, " (%d blocks missing, first %s)", n, e.Missing[0])
	}
	writeAsked(&b, e.Asked)
	return b.String()
}

// Hint says in one sentence what the user may do.
func (e *UnavailableError) Hint() string {
	if len(e.Asked) == 0 {
		return "no source but the local store was asked; start a Kubo daemon or name a gateway (--ipfs, --ipfs-gateway)"
	}
	return "go online, or name a Kubo daemon or gateway that has " + e.Ref.CID.String()
}

// Unwrap lets errors.Is find the sources' failures.
func (e *UnavailableError) Unwrap() []error { return asErrors(e.Asked) }

// MismatchError says that bytes did not hash to what they were asked for by:
// a lying source, or a damaged disk.
type MismatchError struct {
	CID    cid.Cid
	Source string
	Size   int
}

// Error names the CID and the source.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s served %d bytes that do not hash to %s", e.Source, e.Size, e.CID)
}

// IntegrityError says that a file is what its CID says but not what its
// integrity says: the two disagree, so whoever wrote them down was wrong or
// lied. No other source can help.
type IntegrityError struct {
	Ref Ref
	Err error
}

// Error names the file and both digests.
func (e *IntegrityError) Error() string {
	return fmt.Sprintf("%s (%s): %v", e.Ref.label(), e.Ref.CID, e.Err)
}

// Unwrap returns the failed comparison.
func (e *IntegrityError) Unwrap() error { return e.Err }

// RollbackError says that the newest record found for a name is older than one
// seen before: a lagging source, or somebody replaying an old state.
type RollbackError struct {
	Name      string
	Source    string
	Got, Seen uint64
	GotRoot   cid.Cid
	SeenRoot  cid.Cid
	SeenAt    time.Time
}

// Error tells both sequences.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("%s: %s offers sequence %d, but sequence %d was seen on %s: refusing to go back",
		e.Name, e.Source, e.Got, e.Seen, e.SeenAt.UTC().Format(time.RFC3339))
}

// Hint tells the way round.
func (e *RollbackError) Hint() string {
	return "ask again later or elsewhere; --allow-rollback accepts the older state " + e.GotRoot.String()
}

// ExpiredError says that the newest record found for a name is past its
// validity.
type ExpiredError struct {
	Name     string
	Source   string
	Validity time.Time
	Sequence uint64
	Root     cid.Cid
}

// Error tells since when.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("%s: the record from %s (sequence %d) expired on %s",
		e.Name, e.Source, e.Sequence, e.Validity.UTC().Format(time.RFC3339))
}

// Hint tells the way round.
func (e *ExpiredError) Hint() string {
	return "its owner must publish it again (`ipnpm registry publish`); --offline uses the last good state"
}

// RecordError says that what a source served as an IPNS record of Name is not
// one: truncated, wrongly signed, or pointing at no root.
type RecordError struct {
	Name   string
	Source string
	Err    error
}

// Error names the name, the source and the fault.
func (e *RecordError) Error() string {
	return fmt.Sprintf("%s: bad IPNS record from %s: %v", e.Name, e.Source, e.Err)
}

// Hint says what the user may do.
func (e *RecordError) Hint() string {
	return "whoever runs " + e.Source + " serves a damaged or forged record: ask another source"
}

// Unwrap returns the fault.
func (e *RecordError) Unwrap() error { return e.Err }

// UnresolvedError says that no record was found for a name.
type UnresolvedError struct {
	Name  string
	Asked []*SourceError
}

// Error names the name and who was asked.
func (e *UnresolvedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no IPNS record found for %s", e.Name)
	writeAsked(&b, e.Asked)
	return b.String()
}

// Hint says what the user may do.
func (e *UnresolvedError) Hint() string {
	return "check the name, go online, or name a Kubo daemon or gateway that knows it (--ipfs, --ipfs-gateway)"
}

// Unwrap lets errors.Is and errors.As find the sources' failures.
func (e *UnresolvedError) Unwrap() []error { return asErrors(e.Asked) }

func writeAsked(b *strings.Builder, asked []*SourceError) {
	for _, a := range asked {
		b.WriteString("\n  " + a.Error())
	}
}

func asErrors(asked []*SourceError) []error {
	errs := make([]error, len(asked))
	for i, a := range asked {
		errs[i] = a
	}
	return errs
}
