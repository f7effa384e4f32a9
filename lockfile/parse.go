package lockfile

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
)

// Parse reads an ipnpm-lock.json. A file with git's conflict markers is read
// as its two sides, which are then merged, see [Merge]; the result says so by
// its Merged field. Errors are *[SyntaxError], *[FormatError] and
// *[FieldError].
func Parse(data []byte) (*Lockfile, error) { return parseFile(string(data)) }

func parseFile(text string) (*Lockfile, error) {
	if len(text) > maxFile {
		return nil, &FieldError{Field: "file", Msg: fmt.Sprintf("is larger than %d bytes", maxFile)}
	}
	sides, conflicted, err := splitConflict(text)
	if err != nil {
		return nil, err
	}
	if conflicted {
		return mergeSides(sides)
	}
	return parse(text)
}

// parse reads a file without conflict markers.
func parse(text string) (*Lockfile, error) {
	s, err := newScanner(text)
	if err != nil {
		return nil, err
	}
	d := &decoder{scanner: s, strict: true}
	l, err := d.lockfile()
	if err == nil {
		err = l.validate()
	}
	if err != nil {
		return nil, explain(s.text, err)
	}
	if d.version != Version {
		return nil, unsupported(d.version)
	}
	return l, nil
}

func (d *decoder) lockfile() (*Lockfile, error) {
	l := new(Lockfile)
	err := d.record(func(key string) error {
		switch key {
		case "name":
			return d.text(key, &l.Name)
		case "version":
			return d.text(key, &l.Version)
		case "lockfileVersion":
			return d.count(key, &d.version)
		case "registries":
			return d.registries(&l.Registries)
		case "closure":
			return d.text(key, &l.Closure)
		case "packages":
			return d.packages(l)
		}
		return d.unknown(key)
	})
	if err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if l.Packages == nil && d.version == Version {
		return nil, &FieldError{Field: "packages", Msg: "is missing"}
	}
	return l, nil
}

// headSize is how much of a file [ReadHead] looks at.
const headSize = 32 << 10

// errHead ends the reading of a head.
var errHead = errors.New("the packages begin")

// ReadHead reads what a project's lockfile says before its packages, and of these the
// project itself where it is the first and not very long: of a file that was written
// here all but the rest of them, which is known long before those are read. Nothing
// is checked; who follows it [Read]s the file as well.
func ReadHead(dir string) (*Lockfile, error) {
	text, err := readText(filepath.Join(dir, FileName), headSize)
	if err != nil {
		return nil, err
	}
	return parseHead(text)
}

func parseHead(text string) (*Lockfile, error) {
	d, l := &decoder{scanner: &scanner{text: text}, strict: true}, new(Lockfile)
	err := d.record(func(key string) error {
		switch key {
		case "registries":
			return d.registries(&l.Registries)
		case "closure":
			return d.text(key, &l.Closure)
		case "packages":
			l.Packages = d.projectAlone()
			return errHead
		}
		return d.skip()
	})
	if err != nil && !errors.Is(err, errHead) {
		return nil, err
	}
	return l, nil
}

// projectAlone reads the first of the packages, if it is the project; nil otherwise.
func (d *decoder) projectAlone() (packages map[string]*Package) {
	if d.peek() != '{' {
		return nil
	}
	_ = d.object(func(location string) error {
		p := new(Package)
		if location != "" || d.peek() != '{' || d.record(func(key string) error { return d.packageField(p, key) }) != nil {
			return errHead
		}
		packages = map[string]*Package{location: p}
		return errHead
	})
	return packages
}

func (d *decoder) registries(v *map[string]Registry) error {
	if d.peek() != '{' {
		return d.wrong("registries", "an object")
	}
	*v = make(map[string]Registry)
	return d.object(func(key string) error {
		field := fmt.Sprintf("registries[%q]", key)
		if _, twice := (*v)[key]; twice {
			return d.fail(field, "is there twice")
		}
		var r Registry
		err := d.record(func(key string) error {
			switch key {
			case "ipns":
				return d.text(field+".ipns", &r.IPNS)
			case "root":
				return d.text(field+".root", &r.Root)
			case "sequence":
				// As IPNS has it. Nanoseconds are more than JavaScript's numbers.
				return d.whole(field+".sequence", &r.Sequence, math.MaxUint64)
			}
			return d.unknown(field + "." + key)
		})
		(*v)[key] = r
		return err
	})
}

// explain improves an error by a second look at the text: the complaint about
// a file of a newer format is that, whatever broke first, and content that
// was found wrong after reading gets its line.
func explain(text string, err error) error {
	var field *FieldError
	if !errors.As(err, &field) {
		return err
	}
	if v, ok := versionOf(text); ok && v != Version {
		return unsupported(v)
	}
	if field.Line == 0 {
		locate(text, field)
	}
	return err
}

func unsupported(version int64) error {
	return &FormatError{FileName, version, Version, Version}
}

// versionOf reads nothing but the lockfileVersion; ok is false when the text
// is not JSON.
func versionOf(text string) (version int64, ok bool) {
	d := &decoder{scanner: &scanner{text: text}}
	err := d.object(func(key string) error {
		if key == "lockfileVersion" {
			return d.count(key, &version)
		}
		return d.skip()
	})
	return version, err == nil
}

// locate fills in where in the text the field of the error is, as precisely
// as its keys can be found.
func locate(text string, e *FieldError) {
	s := &scanner{text: text}
	at := 0
	_ = s.object(func(key string) error { // parsed before, without an error
		if key != "packages" || e.Location == "" {
			if key == e.Field {
				at = s.pos
			}
			return s.skip()
		}
		return s.object(func(location string) error {
			if location != e.Location {
				return s.skip()
			}
			at = s.pos
			return s.object(func(key string) error {
				if key == e.Field {
					at = s.pos
				}
				return s.skip()
			})
		})
	})
	e.Line, e.Column = s.position(at)
}
