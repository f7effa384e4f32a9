package registry

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Encode returns the index's canonical form: sorted keys, no white space, no
// empty fields, and of each version exactly
//
//	bin bundleDependencies cpu dependencies deprecated directories.bin
//	dist{attestations cid fileCount integrity signatures size unpackedSize}
//	engines hasInstallScript libc name optionalDependencies os
//	peerDependencies peerDependenciesMeta time version
//
// after npm's own normalisation: bin as an object of safe paths, optional
// dependencies not repeated in dependencies, time in UTC with milliseconds.
// Dist-tags without their version are left out. So equal content has equal
// bytes, whether it came from a full document, an abbreviated one or another
// index. dist.shasum and dist.tarball stay behind: an index knows bytes by
// integrity and CID.
//
// A version that cannot be decoded makes an error.
func (p *Packument) Encode() ([]byte, error) { return p.encode("") }

// EncodeStatic returns the document as an npm registry serves it: the canonical
// form, with dist.tarball below a base that ends in a slash, and the publish
// times as a table of their own. Gateways call a file named index.html HTML, and
// so no text of it can begin an element.
func (p *Packument) EncodeStatic(base string) ([]byte, error) {
	data, err := p.encode(base)
	return bytes.ReplaceAll(data, []byte("<"), []byte(`\u003c`)), err
}

func (p *Packument) encode(base string) ([]byte, error) {
	c := &canonical{buf: make([]byte, 0, 256+512*len(p.versions)), base: base}
	c.open('{')
	c.key("dist-tags")
	c.open('{')
	for _, tag := range slices.Sorted(maps.Keys(p.DistTags)) {
		if v := p.DistTags[tag]; p.Has(v) {
			c.key(tag)
			c.buf = appendString(c.buf, v)
		}
	}
	c.close('}')
	c.string("name", p.Name)
	if base != "" {
		if err := c.times(p); err != nil {
			return nil, err
		}
	}
	c.key("versions")
	c.open('{')
	for _, number := range p.VersionList() {
		v, err := p.Version(number)
		if err != nil {
			return nil, err
		}
		c.key(number)
		if err := c.version(v); err != nil {
			return nil, fmt.Errorf("registry: %s@%s: %w", p.Name, number, err)
		}
	}
	c.close('}')
	c.close('}')
	return c.buf, nil
}

// version writes v; the keys come in order by the order of these lines, which
// a test holds to.
func (c *canonical) version(v *Version) error {
	c.open('{')
	c.stringMap("bin", v.Bins())
	if v.BundleDependencies.All {
		c.true("bundleDependencies", true)
	} else {
		c.strings("bundleDependencies", v.BundleDependencies.Names)
	}
	c.strings("cpu", v.CPU)
	c.stringMap("dependencies", v.Dependencies)
	c.string("deprecated", string(v.Deprecated))
	if v.Directories.Bin != "" && len(v.Bin) == 0 {
		c.key("directories")
		c.open('{')
		c.string("bin", v.Directories.Bin)
		c.close('}')
	}
	if err := c.dist(v); err != nil {
		return err
	}
	c.stringMap("engines", v.Engines)
	c.true("hasInstallScript", v.HasInstallScript)
	c.strings("libc", v.Libc)
	c.string("name", v.Name)
	c.stringMap("optionalDependencies", v.OptionalDependencies)
	c.strings("os", v.OS)
	c.stringMap("peerDependencies", v.PeerDependencies)
	c.peerMeta(v)
	if !v.Time.IsZero() {
		c.string("time", formatTime(v.Time))
	}
	c.string("version", v.Version)
	c.close('}')
	return nil
}

// peerMeta writes only what says something: the peers that are optional.
func (c *canonical) peerMeta(v *Version) {
	opened := false
	for _, name := range slices.Sorted(maps.Keys(v.PeerDependenciesMeta)) {
		if !v.PeerDependenciesMeta[name].Optional {
			continue
		}
		if !opened {
			c.key("peerDependenciesMeta")
			c.open('{')
			opened = true
		}
		c.key(name)
		c.open('{')
		c.true("optional", true)
		c.close('}')
	}
	if opened {
		c.close('}')
	}
}

// times writes the table that npm's `before` and min-release-age go by.
func (c *canonical) times(p *Packument) error {
	c.key("time")
	c.open('{')
	for _, number := range p.VersionList() {
		v, err := p.Version(number)
		if err != nil {
			return err
		}
		if !v.Time.IsZero() {
			c.string(number, formatTime(v.Time))
		}
	}
	c.close('}')
	return nil
}

func (c *canonical) dist(v *Version) error {
	d := &v.Dist
	c.key("dist")
	c.open('{')
	if err := c.raw("attestations", d.Attestations); err != nil {
		return err
	}
	c.string("cid", d.CID)
	c.int("fileCount", int64(d.FileCount))
	c.string("integrity", d.Integrity)
	if err := c.raw("signatures", d.Signatures); err != nil {
		return err
	}
	c.int("size", d.Size)
	if c.base != "" {
		c.string("tarball", c.base+v.Name+"/-/"+TarballFile(v.Name, v.Version))
	}
	c.int("unpackedSize", d.UnpackedSize)
	c.close('}')
	return nil
}
