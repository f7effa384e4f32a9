package publish

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // dist.shasum is npm's word for it, beside the integrity
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tarball"
)

// Release is a package's tarball with what it says and measures.
type Release struct {
	Manifest *manifest.Manifest
	// PackageJSON is the text that Manifest was read from.
	PackageJSON []byte
	Data        []byte
	// Integrity is the tarball's sha512, Shasum its sha1 in hex.
	Integrity, Shasum string
	// Files are in the order of the archive.
	Files []tarball.Entry
	// UnpackedSize is their length in bytes.
	UnpackedSize int64
	// Bundled names the packages in the tarball's node_modules, sorted.
	Bundled []string
}

// Read looks into a tarball. Errors are those of package tarball, a
// *manifest.SyntaxError, and a *RefusedError for a package that has no name or
// no version.
func Read(data []byte) (*Release, error) {
	text, err := tarball.Manifest(data)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Parse(text)
	if err != nil {
		return nil, err
	}
	if m.Name == "" || m.Version == "" {
		return nil, refused("", "give it both in package.json", "a package must have a name and a version")
	}
	sum := sha1.Sum(data) //nolint:gosec // as above
	r := &Release{Manifest: m, PackageJSON: text, Data: data, Integrity: tarball.Sum512(data), Shasum: hex.EncodeToString(sum[:])}
	return r, r.list()
}

func (r *Release) list() error {
	bundled := map[string]bool{}
	err := tarball.Walk(r.Data, tarball.DefaultLimits(), func(e tarball.Entry, _ io.Reader) error {
		r.Files = append(r.Files, e)
		r.UnpackedSize += e.Size
		if rest, ok := strings.CutPrefix(e.Path, "node_modules/"); ok {
			bundled[bundledName(rest)] = true
		}
		return nil
	})
	r.Bundled = slices.Sorted(maps.Keys(bundled))
	return err
}

// bundledName is the package in whose folder a path below node_modules is.
func bundledName(path string) string {
	name, rest, _ := strings.Cut(path, "/")
	if strings.HasPrefix(name, "@") {
		base, _, _ := strings.Cut(rest, "/")
		name += "/" + base
	}
	return name
}

// ID is name@version.
func (r *Release) ID() string { return r.Manifest.Name + "@" + r.Manifest.Version }

// FileName is what npm calls the tarball: scope-name-version.tgz.
func (r *Release) FileName() string {
	name := strings.ReplaceAll(strings.TrimPrefix(r.Manifest.Name, "@"), "/", "-")
	return name + "-" + r.Manifest.Version + ".tgz"
}

// Check refuses what may not be published anywhere: what is private, what has a
// name or version that npm's registry would not take, and what holds rules for
// one project only. A version with a "v" before it loses that.
func (r *Release) Check() error {
	var only struct {
		PackageExtensions json.RawMessage `json:"packageExtensions"`
	}
	if err := json.Unmarshal(r.PackageJSON, &only); err != nil {
		return fmt.Errorf("package.json: %w", err)
	}
	switch {
	case bool(r.Manifest.Private):
		return refused("EPRIVATE", "remove \"private\" from its package.json to publish it", "%s is marked as private", r.ID())
	case only.PackageExtensions != nil:
		return refused("EPACKAGEEXTENSIONS", "remove it from package.json; it counts in the project's own root only",
			"%s has packageExtensions, which must not be published", r.ID())
	}
	if err := manifest.ValidateNewName(r.Manifest.Name); err != nil {
		return err
	}
	version, ok := npmrange.Clean(r.Manifest.Version, false)
	if !ok {
		return refused("EBADSEMVER", "a version has three numbers, as 1.2.3", "%s: %q is not a version", r.Manifest.Name, r.Manifest.Version)
	}
	r.Manifest.Version = version
	return nil
}

// entry is the release as a document has it. The package.json is read as that of
// an npm registry's document would be, so that both come out the same.
func (r *Release) entry(c cid.Cid, at time.Time) (*registry.Version, error) {
	name, number := r.Manifest.Name, r.Manifest.Version
	text, err := json.Marshal(map[string]any{
		"name": name, "versions": map[string]any{number: json.RawMessage(bytes.TrimPrefix(r.PackageJSON, []byte("\xef\xbb\xbf")))},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.ID(), err)
	}
	doc, err := registry.Parse(text)
	if err != nil {
		return nil, err
	}
	read, err := doc.Version(number)
	if err != nil {
		return nil, err
	}
	v := *read
	v.HasInstallScript = v.HasInstallScript || r.builds()
	v.Time = at
	v.Dist = registry.Dist{
		Integrity: r.Integrity, Shasum: r.Shasum, CID: c.String(), Size: int64(len(r.Data)),
		UnpackedSize: r.UnpackedSize, FileCount: len(r.Files),
	}
	return &v, nil
}

// builds says that installing it runs node-gyp, as npm does where a package
// has a binding.gyp and does not say otherwise.
func (r *Release) builds() bool {
	gyp := r.Manifest.Gypfile
	return (gyp == nil || bool(*gyp)) && slices.ContainsFunc(r.Files, func(e tarball.Entry) bool { return e.Path == "binding.gyp" })
}

// CheckTag refuses a dist-tag that would be taken for a range of versions, or
// that cannot be part of an address.
func CheckTag(tag string) error {
	if _, err := npmrange.Parse(tag, npmrange.Options{}); err == nil {
		return refused("", "a dist-tag is a word such as next", "a tag name must not be a range of versions: %q", tag)
	}
	spec, err := manifest.ParseSpec("a", tag)
	if err != nil || spec.Kind != manifest.KindTag {
		return errors.Join(refused("EINVALIDTAGNAME", "a dist-tag is a word such as next", "%q cannot be a tag", tag), err)
	}
	return nil
}
