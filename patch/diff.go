package patch

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

// Manifest is the file that no patch is made of: what a package depends on was
// resolved without the patch, which would so be on the disk and of no effect.
const Manifest = "package.json"

// Diff writes down what makes the second of two packages of the first, which
// [Parse], npm and git read; nil when nothing does. The root's package.json is
// left out, and manifest says that it differs too. A file that is no text is an
// error. The bits that make files executable are not part of a patch.
func Diff(before, after Files) (patch []byte, manifest bool, err error) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		a, inBefore := before[file]
		b, inAfter := after[file]
		switch {
		case inBefore == inAfter && bytes.Equal(a.Data, b.Data):
			continue
		case file == Manifest:
			manifest = true
			continue
		case pathProblem(file) != "":
			return nil, false, &Error{code: codeUnsafe, text: fmt.Sprintf("the name %q %s, and cannot stand in a patch", file, pathProblem(file))}
		case !isText(a.Data) || !isText(b.Data):
			return nil, false, failed(file, "is no text, which a patch cannot change")
		}
		patch = append(patch, fileDiff(file, a.Data, b.Data, inBefore, inAfter)...)
	}
	return patch, manifest, nil
}

// isText is git's test, and one that what npm reads is what is there.
func isText(data []byte) bool {
	return bytes.IndexByte(data, 0) < 0 && utf8.Valid(data)
}

// fileDiff is the part of a patch for one file. A tab ends the names, so that
// they can have blanks.
func fileDiff(file string, a, b []byte, inBefore, inAfter bool) []byte {
	before, after := "a/"+file, "b/"+file
	if !inBefore {
		before = devNull
	}
	if !inAfter {
		after = devNull
	}
	head := []byte("--- " + before + "\t\n+++ " + after + "\t\n")
	text := diff.Diff(before, a, after, b)
	if at := bytes.Index(text, []byte("\n@@ ")); at >= 0 {
		return append(head, text[at+1:]...)
	}
	return head // an empty file that is new, or gone
}
