package lockfile

import (
	"slices"
	"strings"
)

// decoder reads the values of a lockfile into its types. Strict is for our
// own file; otherwise it is npm's, where unknown fields are skipped, and so
// are the shapes that old package.json files leave in it.
type decoder struct {
	*scanner
	strict   bool
	location string
	// engines are those that were read, by their text: of a thousand packages most say
	// the same as another.
	engines map[string]map[string]string
	// version is the file's lockfileVersion, 0 until it is read.
	version int64
}

// record is the scanner's object, with the keys checked for repetition.
func (d *decoder) record(member func(key string) error) error {
	seen := make([]string, 0, 16)
	return d.object(func(key string) error {
		if d.strict && slices.Contains(seen, key) {
			return d.fail(key, "is there twice")
		}
		seen = append(seen, key)
		return member(key)
	})
}

// fail makes the error about the value at the current position.
func (d *decoder) fail(field, msg string) error {
	d.peek()
	return d.fieldAt(d.pos, d.location, field, msg)
}

// unknown deals with a field that the types do not have.
func (d *decoder) unknown(field string) error {
	if d.strict {
		return d.fail(field, "is not a field of this format")
	}
	return d.skip()
}

// wrong deals with a value of a wrong type.
func (d *decoder) wrong(field, want string) error {
	if c := d.peek(); c == 0 || strings.IndexByte(`{["tfn-0123456789`, c) < 0 {
		return d.syntax("expected " + want)
	}
	if d.strict {
		return d.fail(field, "must be "+want)
	}
	return d.skip()
}

func (d *decoder) text(field string, v *string) error {
	if d.peek() != '"' {
		return d.wrong(field, "a string")
	}
	s, err := d.string()
	*v = s
	return err
}

func (d *decoder) flag(field string, v *bool) error {
	if c := d.peek(); c != 't' && c != 'f' {
		return d.wrong(field, "true or false")
	}
	word, err := d.literal()
	*v = word == "true"
	return err
}

// count reads a number that a JavaScript number can hold.
func (d *decoder) count(field string, v *int64) error {
	n := uint64(*v)
	err := d.whole(field, &n, maxCount)
	*v = int64(n)
	return err
}

func (d *decoder) whole(field string, v *uint64, most uint64) error {
	if c := d.peek(); c != '-' && (c < '0' || c > '9') {
		return d.wrong(field, "a whole number")
	}
	start := d.pos
	n, ok, err := d.integer(most)
	if err != nil {
		return err
	}
	if !ok {
		return d.fieldAt(start, d.location, field, "must be a whole number")
	}
	*v = n
	return nil
}

// list reads an array of strings; npm also has a lone string for some.
func (d *decoder) list(field string, v *[]string) error {
	if c := d.peek(); c == '"' && !d.strict {
		s, err := d.string()
		*v = []string{s}
		return err
	} else if c != '[' {
		return d.wrong(field, "an array of strings")
	}
	*v = nil
	return d.array(func() error {
		var s string
		if err := d.text(field, &s); err != nil {
			return err
		}
		*v = append(*v, s)
		return nil
	})
}

// dict reads an object of strings.
func (d *decoder) dict(field string, v *map[string]string) error {
	if d.peek() != '{' {
		return d.wrong(field, "an object of strings")
	}
	m := make(map[string]string)
	err := d.object(func(key string) error {
		if _, twice := m[key]; twice && d.strict {
			return d.fail(field+"."+key, "is there twice")
		}
		// The field's full name is put together only for an error.
		if d.peek() != '"' {
			return d.wrong(field+"."+key, "a string")
		}
		s, err := d.string()
		m[key] = s
		return err
	})
	if len(m) > 0 {
		*v = m
	}
	return err
}

// enginesField reads what a package runs on, or takes what another has that says the
// same in as many bytes.
func (d *decoder) enginesField(v *map[string]string) error {
	d.peek()
	start, text := d.pos, d.scanner.text
	end := start + strings.IndexByte(text[start:], '}') + 1
	if known, ok := d.engines[text[start:end]]; ok {
		*v, d.pos = known, end
		return nil
	}
	if err := d.dict("engines", v); err != nil || d.pos != end {
		return err // or a brace within a string
	}
	if d.engines == nil {
		d.engines = make(map[string]map[string]string)
	}
	d.engines[text[start:end]] = *v
	return nil
}

func (d *decoder) peerMeta(v *map[string]PeerMeta) error {
	const field = "peerDependenciesMeta"
	if d.peek() != '{' {
		return d.wrong(field, "an object")
	}
	*v = make(map[string]PeerMeta)
	return d.object(func(name string) error {
		if d.peek() != '{' {
			return d.wrong(field+"."+name, "an object")
		}
		if _, twice := (*v)[name]; twice && d.strict {
			return d.fail(field+"."+name, "is there twice")
		}
		var meta PeerMeta
		err := d.record(func(key string) error {
			if key != "optional" {
				return d.unknown(field + "." + name + "." + key)
			}
			return d.flag(field+"."+name+"."+key, &meta.Optional)
		})
		(*v)[name] = meta
		return err
	})
}

// extendedFields are the fields that packageExtensions can add to, as the file
// has them in order.
func extendedFields() [4]string {
	return [4]string{"dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"}
}

func (d *decoder) extended(field string, p *Package) error {
	if d.peek() != '{' {
		return d.wrong(field, "an object")
	}
	p.Extended = &Extended{Fields: map[string][]string{}}
	fields := extendedFields()
	return d.record(func(key string) error {
		switch {
		case key == "selector":
			return d.text(field+"."+key, &p.Extended.Selector)
		case !slices.Contains(fields[:], key):
			return d.unknown(field + "." + key)
		}
		var names []string
		err := d.list(field+"."+key, &names)
		p.Extended.Fields[key] = names
		return err
	})
}

func (d *decoder) patched(field string, p *Package) error {
	if d.peek() != '{' {
		return d.wrong(field, "an object")
	}
	p.Patched = &Patched{}
	return d.record(func(key string) error {
		switch key {
		case "integrity":
			return d.text(field+"."+key, &p.Patched.Integrity)
		case "path":
			return d.text(field+"."+key, &p.Patched.Path)
		}
		return d.unknown(field + "." + key)
	})
}

// packages reads the object of all packages.
func (d *decoder) packages(l *Lockfile) error {
	if d.peek() != '{' {
		return d.wrong("packages", "an object")
	}
	l.clear(len(d.scanner.text) / packageText)
	return d.object(func(location string) error {
		d.location = location
		defer func() { d.location = "" }()
		if l.Packages[location] != nil && d.strict {
			return d.fail("location", "is there twice")
		}
		if d.peek() != '{' {
			return d.wrong("package", "an object")
		}
		p := new(Package)
		l.Put(location, p)
		return d.record(func(key string) error { return d.packageField(p, key) })
	})
}

// packageField reads one field of a package that both formats have.
func (d *decoder) packageField(p *Package, key string) error {
	switch key {
	case "name":
		return d.text(key, &p.Name)
	case "version":
		return d.text(key, &p.Version)
	case "resolved":
		return d.text(key, &p.Resolved)
	case "integrity":
		return d.text(key, &p.Integrity)
	case "deprecated":
		return d.text(key, &p.Deprecated)
	case "link", "dev", "optional", "devOptional", "peer", "inBundle", "extraneous", "hasInstallScript":
		return d.flag(key, p.flagField(key))
	case "engines":
		return d.enginesField(&p.Engines)
	case "dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "bin":
		return d.dict(key, p.dictField(key))
	case "bundleDependencies", "os", "cpu", "libc", "workspaces":
		return d.list(key, p.listField(key))
	case "peerDependenciesMeta":
		return d.peerMeta(&p.PeerDependenciesMeta)
	case "packageExtensionsHash":
		return d.text(key, &p.ExtensionsHash)
	case "packageExtensionsApplied":
		return d.extended(key, p)
	case "patched":
		return d.patched(key, p)
	}
	return d.ownField(p, key)
}

// ownField reads one of the fields that npm does not have, or that are not
// taken over from it.
func (d *decoder) ownField(p *Package, key string) error {
	if !d.strict {
		return d.unknown(key)
	}
	switch key {
	case "cid":
		return d.text(key, &p.CID)
	case "registry":
		return d.text(key, &p.Registry)
	case "license":
		return d.text(key, &p.License)
	case "size":
		return d.count(key, &p.Size)
	}
	return d.unknown(key)
}

func (p *Package) flagField(key string) *bool {
	switch key {
	case "link":
		return &p.Link
	case "dev":
		return &p.Dev
	case "optional":
		return &p.Optional
	case "devOptional":
		return &p.DevOptional
	case "peer":
		return &p.Peer
	case "inBundle":
		return &p.InBundle
	case "extraneous":
		return &p.Extraneous
	}
	return &p.HasInstallScript
}

func (p *Package) dictField(key string) *map[string]string {
	switch key {
	case "dependencies":
		return &p.Dependencies
	case "devDependencies":
		return &p.DevDependencies
	case "optionalDependencies":
		return &p.OptionalDependencies
	case "peerDependencies":
		return &p.PeerDependencies
	case "bin":
		return &p.Bin
	}
	return &p.Engines
}

func (p *Package) listField(key string) *[]string {
	switch key {
	case "bundleDependencies":
		return &p.BundleDependencies
	case "os":
		return &p.OS
	case "cpu":
		return &p.CPU
	case "libc":
		return &p.Libc
	}
	return &p.Workspaces
}
