package registry

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DisagreementError says that registries which are used together have
// different bytes under one name and version. Which of them is right, only a
// person can tell.
type DisagreementError struct {
	Name, Version string
	// Says is what each registry that has the version says its digest is.
	Says map[string]string
}

func (e *DisagreementError) Error() string {
	says := make([]string, 0, len(e.Says))
	for _, registry := range slices.Sorted(maps.Keys(e.Says)) {
		says = append(says, registry+" has "+e.Says[registry])
	}
	return fmt.Sprintf("ALARM: %s@%s: the registries do not agree on its bytes: %s", e.Name, e.Version, strings.Join(says, ", "))
}

// Layer is what one of several registries has of a package.
type Layer struct {
	// Registry is how messages call it.
	Registry string
	Document *Packument
}

// Overlay lays documents of one package over one another, the first on top:
// of each version and each dist-tag the highest layer that has it counts. A
// version that two of them have with different digests fails with a
// *DisagreementError when it is asked for. from tells the layer of each
// version. The arguments are not changed.
func Overlay(layers []Layer) (out *Packument, from map[string]int) {
	out = layers[0].Document.Slice(everything)
	from = make(map[string]int)
	for _, v := range out.VersionList() {
		from[v] = 0
	}
	for i, layer := range layers[1:] {
		for tag, v := range layer.Document.DistTags {
			if _, ok := out.DistTags[tag]; !ok {
				out.DistTags[tag] = v
			}
		}
		for _, v := range layer.Document.VersionList() {
			if _, ok := from[v]; !ok {
				from[v] = i + 1
				out.versions[v] = layer.Document.versions[v].settled(layer.Document, v)
				if reason := layer.Document.Held(v); reason != "" {
					out.Hold(v, reason)
				}
			}
		}
	}
	out.sorted.Store(nil)
	for v := range from {
		if _, clash := votes(layers, v); clash != nil {
			out.refuse(v, clash)
		}
	}
	return out, from
}

// Quorum keeps back those versions of a document which fewer than k of the
// layers have with the digest of the first that has it. Where that is because
// others have different digests, the version fails with a *DisagreementError
// when it is asked for. The arguments are not changed.
func Quorum(doc *Packument, layers []Layer, k int) *Packument {
	out := doc.Slice(everything)
	for _, v := range out.VersionList() {
		agree, clash := votes(layers, v)
		switch {
		case agree >= k:
		case clash != nil:
			out.refuse(v, clash)
		default:
			out.Hold(v, fmt.Sprintf("is in %d of the %d registries that registry-quorum asks for", agree, k))
		}
	}
	return out
}

func everything(string) bool { return true }

// votes counts the layers that have version v with the digest of the first
// that has it; clash is set when another has a different one. Without a common
// kind of digest they neither agree nor differ.
func votes(layers []Layer, v string) (agree int, clash error) {
	var first *Version
	says := map[string]string{}
	differ := false
	for _, layer := range layers {
		if !layer.Document.Has(v) {
			continue
		}
		is, err := layer.Document.Version(v)
		if err != nil {
			continue // whoever asks for it will hear of it
		}
		if first == nil {
			first = is
		}
		switch {
		case CheckDigest(first, is) != nil:
			differ = true
		case agrees(&first.Dist, &is.Dist):
			agree++
		}
		says[layer.Registry] = cmp.Or(is.Dist.Integrity, is.Dist.Shasum, is.Dist.CID)
	}
	if differ {
		clash = &DisagreementError{Name: first.Name, Version: v, Says: says}
	}
	return agree, clash
}

// agrees reports whether two say of the same digest that it is the version's.
// SHA-1 is not good enough to vouch for anything.
func agrees(a, b *Dist) bool {
	if a.CID != "" && a.CID == b.CID {
		return true
	}
	for _, algorithm := range [...]string{"sha512-", "sha384-", "sha256-"} {
		in, of := digests(a.Integrity, algorithm), digests(b.Integrity, algorithm)
		for d := range in {
			if of[d] {
				return true
			}
		}
	}
	return false
}
