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
	return fmt.Sprintf("ALARM: %s@%s: the registries do not agree on its bytes: %s", e.Name, e.Version, saying(e.Says))
}

// saying lists who has which digest.
func saying(says map[string]string) string {
	list := make([]string, 0, len(says))
	for _, registry := range slices.Sorted(maps.Keys(says)) {
		list = append(list, registry+" has "+says[registry])
	}
	return strings.Join(list, ", ")
}

// Dissent says that enough registries agree on a version's bytes and others
// have different ones: one of the two is wrong, or lies.
type Dissent struct {
	Name, Version  string
	Agree, Against []string
	// Says is what each registry that has the version says its digest is.
	Says map[string]string
}

// String is a sentence.
func (e *Dissent) String() string {
	return fmt.Sprintf("%s@%s: %s has other bytes than the %d registries that agree: %s",
		e.Name, e.Version, strings.Join(e.Against, " and "), len(e.Agree), saying(e.Says))
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
		count := votes(layers, v)
		if clash := count.clash(); clash != nil {
			out.refuse(v, clash)
		}
	}
	return out, from
}

// Quorum keeps back those versions of a document which fewer than k of the
// layers have with the digest of the first that has it. Where that is because
// others have different digests, the version fails with a *DisagreementError
// when it is asked for; where k agree all the same, it is in dissent. The
// arguments are not changed.
func Quorum(doc *Packument, layers []Layer, k int) (out *Packument, dissent map[string]*Dissent) {
	out = doc.Slice(everything)
	dissent = map[string]*Dissent{}
	for _, v := range out.VersionList() {
		count := votes(layers, v)
		clash := count.clash()
		switch {
		case len(count.agree) >= k && clash != nil:
			dissent[v] = &Dissent{Name: doc.Name, Version: v, Agree: count.agree, Against: count.against, Says: count.says}
		case len(count.agree) >= k:
		case clash != nil:
			out.refuse(v, clash)
		default:
			out.Hold(v, fmt.Sprintf("is in %d of the %d registries that registry-quorum asks for%s", len(count.agree), k, count.found()))
		}
	}
	return out, dissent
}

func everything(string) bool { return true }

// tally is what the layers say of one version.
type tally struct {
	first *Version // of the first layer that has it
	// agree are the registries with first's digest, against those with another.
	// Without a common kind of digest they neither agree nor differ.
	agree, against []string
	says           map[string]string // registry → digest
}

func votes(layers []Layer, v string) tally {
	t := tally{says: map[string]string{}}
	for _, layer := range layers {
		if !layer.Document.Has(v) {
			continue
		}
		is, err := layer.Document.Version(v)
		if err != nil {
			continue // whoever asks for it will hear of it
		}
		if t.first == nil {
			t.first = is
		}
		switch {
		case CheckDigest(t.first, is) != nil:
			t.against = append(t.against, layer.Registry)
		case agrees(&t.first.Dist, &is.Dist):
			t.agree = append(t.agree, layer.Registry)
		}
		t.says[layer.Registry] = cmp.Or(is.Dist.Integrity, is.Dist.Shasum, is.Dist.CID)
	}
	return t
}

// clash is set when a registry has another digest than the first.
func (t *tally) clash() *DisagreementError {
	if len(t.against) == 0 {
		return nil
	}
	return &DisagreementError{Name: t.first.Name, Version: t.first.Version, Says: t.says}
}

// found tells who has the version, as the end of a sentence.
func (t *tally) found() string {
	if len(t.says) == 0 {
		return ""
	}
	return ": " + saying(t.says)
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
