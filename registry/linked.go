package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
)

// CheckLinks holds what stands under /tarballs for a package against its
// document: a file for each version, under its name and CID, and no other. Who
// pins the root has those files, and who installs takes the document's.
func (r *Reader) CheckLinks(ctx context.Context, p *Packument) error {
	path := append(append([]string{TarballsDir}, strings.Split(p.Name, "/")...), "-")
	found := r.tree.Find(ctx, r.root, [][]string{path})[0]
	if found.Err != nil {
		return fmt.Errorf("%s has no tarballs: %w", p.Name, found.Err)
	}
	links, err := r.tree.List(ctx, found.Link.CID, len(p.versions)+1)
	if err != nil {
		return fmt.Errorf("the tarballs of %s: %w", p.Name, err)
	}
	linked := make(map[string]cid.Cid, len(links))
	for _, l := range links {
		linked[l.Name] = l.CID
	}
	var problems []error
	for _, number := range p.VersionList() {
		v, err := p.Version(number)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		file := TarballFile(p.Name, number)
		if c, there := linked[file]; !there || c.String() != v.Dist.CID {
			problems = append(problems, &unlinkedError{v.Name, number, v.Dist.CID, c})
		}
		delete(linked, file)
	}
	for file := range linked {
		problems = append(problems, fmt.Errorf("%s: tarball %s is of no version", p.Name, file))
	}
	return errors.Join(problems...)
}

// unlinkedError says that a version's tarball is not where the index keeps it.
type unlinkedError struct {
	name, version, want string
	got                 cid.Cid
}

func (e *unlinkedError) Error() string {
	got := "nothing"
	if e.got.Defined() {
		got = e.got.String()
	}
	return fmt.Sprintf("%s@%s: the document says %s, and /%s has %s", e.name, e.version, e.want, TarballsDir, got)
}
