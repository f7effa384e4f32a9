package registry

import (
	"fmt"
	"strings"
)

// DigestError says that the bytes of a version that was published before have
// changed. Published versions never do: either somebody tampers with the
// upstream, or the index at hand is not of the same registry.
type DigestError struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Field is "integrity", "shasum" or "cid".
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("ALARM: %s@%s: %s was %s and is now %s; a published version never changes",
		e.Name, e.Version, e.Field, e.Old, e.New)
}

// Merge returns the union of two states of one document: every version of
// both, the metadata of the new one where both have it (deprecations come and
// go), and the new dist-tags, or the old ones when the new state has none.
// What only the old state knows about a version's bytes (CID, size, publish
// time) is kept. Neither argument is changed.
//
// A digest of the same kind that differs is a *DigestError.
func Merge(old, new *Packument) (*Packument, error) {
	if old.Name != new.Name {
		return nil, fmt.Errorf("registry: merging %q into %q", new.Name, old.Name)
	}
	out := new.Slice(func(string) bool { return true })
	if len(out.DistTags) == 0 {
		out.DistTags = old.Slice(func(string) bool { return false }).DistTags
	}
	for _, number := range old.VersionList() {
		if !new.Has(number) {
			out.versions[number] = old.versions[number].settled(old, number)
			continue
		}
		merged, err := mergeVersion(old, new, number)
		if err != nil {
			return nil, err
		}
		if err := out.Set(merged); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// settled returns the entry in a form that does not depend on its document's
// time table, which the merged document does not have.
func (e *entry) settled(p *Packument, number string) *entry {
	if p.times != nil {
		_, _ = p.Version(number)
	}
	return e
}

func mergeVersion(old, new *Packument, number string) (*Version, error) {
	was, err := old.Version(number)
	if err != nil {
		return nil, err
	}
	is, err := new.Version(number)
	if err != nil {
		return nil, err
	}
	if err := CheckDigest(was, is); err != nil {
		return nil, err
	}
	merged := *is
	d := &merged.Dist
	d.Integrity = first(d.Integrity, was.Dist.Integrity)
	d.Shasum = first(d.Shasum, was.Dist.Shasum)
	d.CID = first(d.CID, was.Dist.CID)
	d.Size = first(d.Size, was.Dist.Size)
	d.UnpackedSize = first(d.UnpackedSize, was.Dist.UnpackedSize)
	d.FileCount = first(d.FileCount, was.Dist.FileCount)
	if len(d.Signatures) == 0 {
		d.Signatures = was.Dist.Signatures
	}
	if len(d.Attestations) == 0 {
		d.Attestations = was.Dist.Attestations
	}
	if merged.Time.IsZero() {
		merged.Time = was.Time
	}
	return &merged, nil
}

func first[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

// CheckDigest returns a *DigestError when two states of a version contradict
// one another in a digest of the same kind.
func CheckDigest(was, is *Version) error {
	alarm := func(field, old, new string) error {
		return &DigestError{Name: was.Name, Version: was.Version, Field: field, Old: old, New: new}
	}
	a, b := was.Dist, is.Dist
	switch {
	case contradicts(a.Integrity, b.Integrity):
		return alarm("integrity", a.Integrity, b.Integrity)
	case a.Shasum != "" && b.Shasum != "" && !strings.EqualFold(a.Shasum, b.Shasum):
		return alarm("shasum", a.Shasum, b.Shasum)
	case a.CID != "" && b.CID != "" && a.CID != b.CID:
		return alarm("cid", a.CID, b.CID)
	}
	return nil
}

// contradicts reports whether two integrity strings have no digest of the
// strongest algorithm that both use in common. Strings without a common
// algorithm do not contradict one another.
func contradicts(a, b string) bool {
	for _, algorithm := range []string{"sha512-", "sha384-", "sha256-", "sha1-"} {
		in, of := digests(a, algorithm), digests(b, algorithm)
		if len(in) == 0 || len(of) == 0 {
			continue
		}
		for d := range in {
			if of[d] {
				return false
			}
		}
		return true
	}
	return false
}

// digests returns the digests of one algorithm in an integrity string,
// without the options after "?".
func digests(integrity, algorithm string) map[string]bool {
	found := map[string]bool{}
	for word := range strings.FieldsSeq(integrity) {
		word, _, _ = strings.Cut(word, "?")
		if strings.HasPrefix(word, algorithm) {
			found[word] = true
		}
	}
	return found
}
