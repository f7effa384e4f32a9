package registry

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/ipnpm/ipnpm/manifest"
)

// decodeVersion decodes one span of a document. Name and version are forced
// to the keys they were found under: these become paths, what is inside may
// lie.
//
// It goes by the scanner and takes plain strings as they are, several times
// faster than encoding/json, which is left with the rest: a resolution decodes
// thousands of versions. Keys match exactly, as in JavaScript.
func decodeVersion(name, version string, raw []byte) (*Version, error) {
	v := &Version{}
	err := whole(raw, func(key []byte, at int) (int, error) {
		end, err := skipValue(raw, at)
		if err != nil {
			return 0, err
		}
		return end, v.field(string(key[1:len(key)-1]), raw[at:end:end])
	})
	if err != nil {
		return nil, err
	}
	if v.Dist.Size < 0 || v.Dist.UnpackedSize < 0 || v.Dist.FileCount < 0 {
		return nil, errors.New("negative size in dist")
	}
	v.settle(name, version)
	return v, nil
}

// settle brings what was decoded into the one form that Version promises.
func (v *Version) settle(name, version string) {
	v.Name, v.Version = name, version
	if v.BundleDependencies.IsZero() {
		v.BundleDependencies = v.BundledDependencies
	}
	v.BundledDependencies = manifest.Bundle{}
	for dep := range v.OptionalDependencies {
		delete(v.Dependencies, dep)
	}
	if len(v.InstallScripts()) > 0 {
		v.HasInstallScript = true // full documents carry only the scripts
	}
}

// field sets one member.
func (v *Version) field(key string, raw []byte) error {
	switch key {
	case "dependencies":
		return stringMap(raw, &v.Dependencies)
	case "optionalDependencies":
		return stringMap(raw, &v.OptionalDependencies)
	case "peerDependencies":
		return stringMap(raw, &v.PeerDependencies)
	case "engines":
		return stringMap(raw, &v.Engines)
	case "scripts":
		return stringMap(raw, &v.Scripts)
	case "dist":
		return v.Dist.decode(raw)
	case "time":
		v.Time = parseTime(raw)
		return nil
	}
	if into := v.rare(key); into != nil {
		return tolerant(raw, into)
	}
	return nil
}

// rare returns where a member goes that is rarely there or of many shapes; nil
// for the members that nobody reads from a registry.
func (v *Version) rare(key string) any {
	switch key {
	case "peerDependenciesMeta":
		return &v.PeerDependenciesMeta
	case "bundleDependencies":
		return &v.BundleDependencies
	case "bundledDependencies":
		return &v.BundledDependencies
	case "bin":
		return &v.Bin
	case "directories":
		return &v.Directories
	case "os":
		return &v.OS
	case "cpu":
		return &v.CPU
	case "libc":
		return &v.Libc
	case "hasInstallScript":
		return &v.HasInstallScript
	case "deprecated":
		return &v.Deprecated
	case "gypfile":
		return &v.Gypfile
	case "license":
		return &v.License
	}
	return nil
}

// tolerant decodes, and leaves a field of the wrong type absent, as
// manifest.Parse does.
func tolerant(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	if _, wrongType := errors.AsType[*json.UnmarshalTypeError](err); wrongType {
		return nil
	}
	return err
}

func (d *Dist) decode(raw []byte) error {
	*d = Dist{}
	if raw[0] != '{' {
		return nil
	}
	// Signatures and attestations stay spans; Encode checks them.
	return whole(raw, func(key []byte, at int) (int, error) {
		end, err := skipValue(raw, at)
		if err != nil {
			return 0, err
		}
		return end, d.field(string(key[1:len(key)-1]), raw[at:end:end])
	})
}

func (d *Dist) field(key string, raw []byte) error {
	switch key {
	case "integrity":
		return text(raw, &d.Integrity)
	case "shasum":
		return text(raw, &d.Shasum)
	case "tarball":
		return text(raw, &d.Tarball)
	case "cid":
		return text(raw, &d.CID)
	case "size":
		d.Size = integer(raw)
	case "unpackedSize":
		d.UnpackedSize = integer(raw)
	case "fileCount":
		d.FileCount = int(integer(raw))
	case "signatures":
		d.Signatures = raw
	case "attestations":
		d.Attestations = raw
	}
	return nil
}

// integer reads an integer; anything else is 0.
func integer(raw []byte) int64 {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// text sets a string; what is none leaves it as it is.
func text(raw []byte, into *string) error {
	s, ok := plain(raw)
	if !ok {
		return tolerant(raw, into)
	}
	*into = s
	return nil
}

// plain returns the string in raw when that takes no decoding.
func plain(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c < ' ' || c >= 0x80 || c == '\\' {
			return "", false
		}
	}
	return string(inner), true
}

// stringMap sets an object of strings, leaving those of many escapes or wrong
// types to the manifest's own decoder.
func stringMap(raw []byte, into *manifest.StringMap) error {
	*into = nil
	if raw[0] != '{' {
		return nil
	}
	out, simple := manifest.StringMap{}, true
	err := whole(raw, func(key []byte, at int) (int, error) {
		end, err := skipValue(raw, at)
		if err != nil {
			return 0, err
		}
		name, ok := plain(key)
		value, fine := plain(raw[at:end])
		if simple = simple && ok && fine; simple {
			out[name] = value
		}
		return end, nil
	})
	if err != nil {
		return err
	}
	if !simple {
		return tolerant(raw, into)
	}
	*into = out
	return nil
}
