//go:build acceptance

package acceptance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree is an installed node_modules as lines of path, mode and content.
type tree struct {
	lines []string
	hash  string
}

// readTree reads everything below dir/node_modules but the installers' own
// bookkeeping: npm's hidden lockfile, our record of what is installed (both
// hold times) and the file that we lock.
func readTree(t *testing.T, dir string) tree {
	t.Helper()
	root := filepath.Join(dir, "node_modules")
	var out tree
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil || slices.Contains([]string{".", ".package-lock.json", ".ipnpm-state", ".ipnpm-lock"}, rel) {
			return err
		}
		content, err := fingerprint(path, e)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		out.lines = append(out.lines, fmt.Sprintf("%s %v %s", filepath.ToSlash(rel), info.Mode(), content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(strings.Join(out.lines, "\n")))
	out.hash = hex.EncodeToString(sum[:6])
	return out
}

// fingerprint is a file's digest or a link's target; folders have none.
func fingerprint(path string, e fs.DirEntry) (string, error) {
	switch {
	case e.IsDir():
		return "", nil
	case e.Type()&fs.ModeSymlink != 0:
		return os.Readlink(path)
	}
	data, err := os.ReadFile(path)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

// difference tells what one tree has and the other has not, the first few.
func (a tree) difference(b tree) string {
	var out []string
	for _, side := range []struct {
		mark     string
		has, not tree
	}{{"-", a, b}, {"+", b, a}} {
		other := slices.Sorted(slices.Values(side.not.lines))
		for _, line := range side.has.lines {
			if _, found := slices.BinarySearch(other, line); !found {
				out = append(out, side.mark+" "+line)
			}
			if len(out) > 20 {
				return strings.Join(append(out, "…"), "\n")
			}
		}
	}
	return strings.Join(out, "\n")
}

// sameTree fails the test when a tree is not the wanted one.
func sameTree(t *testing.T, what string, want, got tree) bool {
	t.Helper()
	if want.hash == got.hash {
		return true
	}
	t.Errorf("%s: tree %s (%d entries), want %s (%d)\n%s", what, got.hash, len(got.lines), want.hash, len(want.lines), want.difference(got))
	return false
}
