package registry

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// Change is what happened to one package from one state of an index to another.
type Change struct {
	Name string `json:"name"`
	// New and Gone say that the package is in one of the states only.
	New  bool `json:"new,omitempty"`
	Gone bool `json:"gone,omitempty"`
	// Added and Removed are versions.
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	// Tags are the dist-tags that name another version.
	Tags []TagChange `json:"tags,omitempty"`
	// Metadata are versions of which the same bytes are described otherwise: a
	// deprecation, as a rule.
	Metadata []string `json:"metadata,omitempty"`
	// Digests are versions that have other bytes now, which no registry may do.
	Digests []*DigestError `json:"digests,omitempty"`
}

// TagChange is a dist-tag's move from one version to another, "" for none.
type TagChange struct {
	Tag string `json:"tag"`
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// diffBatch is how many documents Diff reads at once.
const diffBatch = 128

// Diff calls tell for every package that two states do not have alike, by name
// but for those of scopes, which come behind. An undefined root is an empty
// index. What both have under the same CID is not read, so it costs what has
// changed.
func Diff(ctx context.Context, src Blocks, old, new cid.Cid, tell func(Change) error) error {
	d := differ{tree: unixfs.NewTree(src), tell: tell}
	var dirs [2]cid.Cid
	for i, root := range [...]cid.Cid{old, new} {
		if !root.Defined() {
			continue
		}
		if _, err := readInfo(ctx, d.tree, root); err != nil {
			return err
		}
		found := d.tree.Find(ctx, root, [][]string{{packagesDir}})[0]
		if found.Err != nil {
			return notAnIndex(root, packagesDir, found.Err)
		}
		dirs[i] = found.Link.CID
	}
	return d.directory(ctx, "", dirs)
}

type differ struct {
	tree *unixfs.Tree
	tell func(Change) error
}

// directory compares /packages, or one scope below it.
func (d differ) directory(ctx context.Context, scope string, dirs [2]cid.Cid) error {
	found, err := d.tree.Diff(ctx, dirs[0], dirs[1], maxNames)
	if err != nil {
		return inIndex(scope, err)
	}
	var scopes []unixfs.Difference
	documents := found[:0]
	for _, f := range found {
		if strings.HasPrefix(f.Name, "@") && scope == "" {
			scopes = append(scopes, f)
			continue
		}
		if f.Name = scope + f.Name; manifest.ValidateName(f.Name) == nil {
			documents = append(documents, f)
		}
	}
	for batch := range slices.Chunk(documents, diffBatch) {
		if err := d.documents(ctx, batch); err != nil {
			return err
		}
	}
	for _, f := range scopes {
		if err := d.directory(ctx, f.Name+"/", sides(f)); err != nil {
			return err
		}
	}
	return nil
}

// sides are the CIDs of an entry, undefined where it is not there.
func sides(f unixfs.Difference) (out [2]cid.Cid) {
	for i, l := range [...]*unixfs.Link{f.Old, f.New} {
		if l != nil {
			out[i] = l.CID
		}
	}
	return out
}

// documents reads both states of some packages and compares them.
func (d differ) documents(ctx context.Context, batch []unixfs.Difference) error {
	var files []cid.Cid
	for _, f := range batch {
		for _, c := range sides(f) {
			if c.Defined() {
				files = append(files, c)
			}
		}
	}
	contents := d.tree.Read(ctx, files, maxDocument)
	for _, f := range batch {
		var docs [2]*Packument
		for i, c := range sides(f) {
			docs[i] = New(f.Name)
			if !c.Defined() {
				continue
			}
			var err error
			if docs[i], err = readDocument(f.Name, contents[0]); err != nil {
				return err
			}
			contents = contents[1:]
		}
		change, err := compare(docs[0], docs[1])
		if err != nil {
			return err
		}
		change.New, change.Gone = f.Old == nil, f.New == nil
		if err := d.tell(change); err != nil {
			return err
		}
	}
	return nil
}

// compare tells two states of a document apart.
func compare(old, new *Packument) (Change, error) {
	c := Change{Name: new.Name}
	for _, number := range new.VersionList() {
		if !old.Has(number) {
			c.Added = append(c.Added, number)
		}
	}
	for _, number := range old.VersionList() {
		if !new.Has(number) {
			c.Removed = append(c.Removed, number)
			continue
		}
		if err := c.version(old, new, number); err != nil {
			return c, err
		}
	}
	tags := map[string]bool{}
	for _, p := range [...]*Packument{old, new} {
		for tag := range p.DistTags {
			if was, is := old.DistTags[tag], new.DistTags[tag]; was != is && !tags[tag] {
				c.Tags = append(c.Tags, TagChange{tag, was, is})
			}
			tags[tag] = true
		}
	}
	slices.SortFunc(c.Tags, func(a, b TagChange) int { return strings.Compare(a.Tag, b.Tag) })
	return c, nil
}

// version compares what two documents say of one version.
func (c *Change) version(old, new *Packument, number string) error {
	if bytes.Equal(old.versions[number].raw, new.versions[number].raw) {
		return nil
	}
	was, err := old.Version(number)
	if err != nil {
		return err
	}
	is, err := new.Version(number)
	if err != nil {
		return err
	}
	if alarm, changed := CheckDigest(was, is).(*DigestError); changed { //nolint:errorlint // it wraps nothing
		c.Digests = append(c.Digests, alarm)
		return nil
	}
	c.Metadata = append(c.Metadata, number)
	return nil
}
