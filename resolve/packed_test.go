package resolve

import (
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
)

// What is linked to and what is packed, and which node answers a folder's spec
// with install-links and without.
func TestInstallLinks(t *testing.T) {
	top := newNode("p", &pkg{name: "p"}, nil)
	packedOne := newNode("one", &pkg{name: "one", resolved: "file:libs/one"}, nil)
	inTarball := newNode("t", &pkg{name: "t", resolved: "file:libs/t.tgz"}, nil)
	fromGit := newNode("g", &pkg{name: "g", resolved: "git+https://git.example/g.git#0123456789012345678901234567890123456789"}, nil)
	for _, tt := range []struct {
		name, spec string
		from       *Node
		folder     string // that the spec leads to
		links      bool   // with install-links; without, always
	}{
		{"lib", "file:lib", top, "lib", false},
		{"lib", "lib/", top, "lib", false},
		{"lib", "file:./lib", top, "lib", true},
		{"lib", "./lib", top, "lib", false},
		{"lib", "file:../lib", top, "../lib", false},
		{"lib", "file:..", top, "..", false},
		{"lib", "file:./a/../../lib", top, "../lib", false},
		{"two", "file:../two", packedOne, "libs/two", false},
		{"two", "file:./two", packedOne, "libs/one/two", false},
		{"two", "file:./two", inTarball, "libs/two", false},
		{"two", "file:two", fromGit, "two", false},
		{"w", "file:packages/w", top, "packages/w", true},
	} {
		for _, packs := range [...]bool{true, false} {
			s := newSource(&Request{
				Workspaces: []manifest.Workspace{{Location: "packages/w", Manifest: &manifest.Manifest{Name: "w"}}},
				Options:    Options{InstallLinks: packs},
			})
			r := s.requirement(tt.name, tt.spec)
			links := tt.links || !packs
			if got := r.linksTo(tt.from); got != links {
				t.Errorf("%s of %s, install-links=%v: links %v, want %v", tt.spec, tt.from.name, packs, got, links)
			}
			folder := newNode(tt.name, &pkg{name: tt.name}, nil)
			folder.path = tt.folder
			if got := r.satisfies(newLink(tt.name, folder), tt.from); got != links {
				t.Errorf("%s of %s, install-links=%v: the link satisfies %v, want %v", tt.spec, tt.from.name, packs, got, links)
			}
			packed := newNode(tt.name, &pkg{name: tt.name, resolved: "file:" + tt.folder}, nil)
			if got, want := r.satisfies(packed, tt.from), r.packs; got != want {
				t.Errorf("%s of %s, install-links=%v: the packed folder satisfies %v, want %v", tt.spec, tt.from.name, packs, got, want)
			}
			for _, other := range []string{"", "file:elsewhere", "file:" + tt.folder + ".tgz"} {
				if r.satisfies(newNode(tt.name, &pkg{name: tt.name, version: "1.0.0", resolved: other}, nil), tt.from) {
					t.Errorf("%s of %s, install-links=%v: satisfied by a package from %q", tt.spec, tt.from.name, packs, other)
				}
			}
		}
	}
}
