package patch

import (
	"bytes"
	"maps"
	"slices"

	"github.com/ipnpm/ipnpm/tarball"
)

// Merger makes of a text what two changes of it make together. Where they
// overlap it is not clean: the text then shows both between marks.
type Merger func(base, ours, theirs []byte) (merged []byte, clean bool, err error)

// Rebase brings into another version of a package, after, what a patch changes of
// the one that it was made for, before. The conflicts are the files that somebody
// must look at: those with marks in them, and those that one of the two changed
// and the other removed, which are there as they were changed. The error is an
// *Error where the patch does not apply to before, or the merger's.
func (p *Patch) Rebase(before, after Files, merge Merger) (rebased Files, conflicts []string, err error) {
	patched, err := p.Apply(before)
	if err != nil {
		return nil, nil, err
	}
	rebased = maps.Clone(after)
	all := maps.Clone(before)
	maps.Copy(all, patched)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		switch {
		case same(before, patched, file), same(after, patched, file): // not changed, or there already
		case same(before, after, file):
			take(rebased, patched, file)
		case has(after, file) && has(patched, file):
			text, clean, err := merge(before[file].Data, after[file].Data, patched[file].Data)
			if err != nil {
				return nil, nil, err
			}
			rebased[file] = tarball.File{Path: file, Mode: after[file].Mode, Data: text}
			if !clean {
				conflicts = append(conflicts, file)
			}
		default:
			if has(patched, file) {
				take(rebased, patched, file)
			}
			conflicts = append(conflicts, file)
		}
	}
	return rebased, conflicts, nil
}

func has(files Files, file string) bool {
	_, ok := files[file]
	return ok
}

// same says that two packages have a file with the same text, or both have none.
func same(a, b Files, file string) bool {
	return has(a, file) == has(b, file) && bytes.Equal(a[file].Data, b[file].Data)
}

// take has a file in a package as it is in another.
func take(into, from Files, file string) {
	if has(from, file) {
		into[file] = from[file]
	} else {
		delete(into, file)
	}
}
