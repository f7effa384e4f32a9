package manifest

import (
	"fmt"
	"slices"
	"strconv"
)

// Warning is a doubtful place in the project's package.json.
type Warning struct {
	Path         string
	Line, Column int
	Message      string
}

func (w Warning) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", orPackageJSON(w.Path), w.Line, w.Column, w.Message)
}

// ParseProject reads the package.json of the project itself, strictly: what
// is no JSON object is a *SyntaxError, a field of a wrong type or a dependency
// whose name is none is a *FieldError. Duplicate keys are warned of, since of
// those npm and JSON itself silently take the last. Null counts as absent.
// The path is for messages only.
func ParseProject(data []byte, path string) (*Manifest, []Warning, error) {
	if len(data) > MaxSize {
		return nil, nil, tooLarge(path)
	}
	if err := checkJSON(data, path); err != nil {
		return nil, nil, err
	}
	c := checker{data: data, path: path}
	root := tree(data)
	c.duplicates(root, nil)
	for _, m := range root.members {
		if !c.field(m) {
			return nil, c.warnings, c.err
		}
	}
	m, err := Parse(data)
	if err != nil {
		return nil, c.warnings, err
	}
	return m, c.warnings, nil
}

// checker looks through the tree of one document.
type checker struct {
	data     []byte
	path     string
	warnings []Warning
	err      error
}

// trail is the way to a value from the root. Its text is only made for a
// warning: of a deep or long-named document all of them would not fit.
type trail struct {
	above *trail
	key   string
}

func (t *trail) String() string {
	if t.above == nil {
		return t.key
	}
	return t.above.String() + "." + t.key
}

// maxWarnings bounds what is said of one document.
const maxWarnings = 20

// duplicates warns of keys that occur twice in one object.
func (c *checker) duplicates(n node, way *trail) {
	seen := make(map[string]int, len(n.members))
	for _, m := range n.members {
		here := &trail{way, m.key}
		if first, ok := seen[m.key]; !ok {
			seen[m.key] = m.start
		} else if len(c.warnings) < maxWarnings {
			c.warnDuplicate(here, m.start, first)
		}
		c.duplicates(m.value, here)
	}
	for i, item := range n.items {
		c.duplicates(item, &trail{way, strconv.Itoa(i)})
	}
}

func (c *checker) warnDuplicate(way *trail, at, first int) {
	line, _ := c.position(first)
	w := Warning{Path: c.path, Message: fmt.Sprintf("duplicate key %q (first in line %d); the last one counts", way, line)}
	w.Line, w.Column = c.position(at)
	c.warnings = append(c.warnings, w)
}

func (c *checker) position(offset int) (line, column int) {
	skip := len(c.data) - len(trimBOM(c.data))
	return position(c.data[skip:], offset-skip)
}

// fail records that a field is not what it must be.
func (c *checker) fail(n node, field, want string) bool { return c.failAs(n, field, want, "") }

func (c *checker) failAs(n node, field, want, code string) bool {
	line, column := c.position(n.start)
	c.err = &FieldError{Path: c.path, Line: line, Column: column, Field: field, Want: want, Code: code}
	return false
}

// field checks the type of one field of package.json; unknown ones are free.
func (c *checker) field(m member) bool {
	n, name := m.value, m.key
	if n.kind == 'n' {
		return true
	}
	switch name {
	case "name", "version", "packageManager", "type", "main":
		return n.kind == '"' || c.fail(n, name, "a string")
	case "private", "hasInstallScript", "gypfile":
		return n.kind == 't' || c.fail(n, name, "true or false")
	case "dependencies", "devDependencies", "optionalDependencies", "peerDependencies":
		return c.strings(n, name) && c.names(n, name)
	case "scripts", "engines", patchesField:
		return c.strings(n, name)
	case "peerDependenciesMeta":
		return c.peerMeta(n)
	case "os", "cpu", "libc":
		return n.kind == '"' || n.kind == '[' && c.allStrings(n) || c.fail(n, name, "a string or an array of strings")
	case "bundleDependencies", "bundledDependencies":
		return n.kind == 't' || n.kind == '[' && c.allStrings(n) || c.fail(n, name, "an array of names or true")
	case "bin":
		if n.kind == '{' {
			return c.strings(n, name)
		}
		return n.kind == '"' || c.fail(n, name, "a string or an object of strings")
	case "workspaces":
		return c.workspaces(n)
	case "overrides", "devEngines", "directories":
		return n.kind == '{' || c.fail(n, name, "an object")
	}
	return true
}

func (c *checker) allStrings(n node) bool {
	return !slices.ContainsFunc(n.items, func(item node) bool { return item.kind != '"' })
}

// strings checks an object of strings.
func (c *checker) strings(n node, name string) bool {
	if n.kind != '{' {
		return c.fail(n, name, "an object of strings")
	}
	for _, m := range n.members {
		if m.value.kind != '"' {
			return c.fail(m.value, name+"."+m.key, "a string")
		}
	}
	return true
}

// names checks the keys of a group of dependencies.
func (c *checker) names(n node, group string) bool {
	for _, m := range n.members {
		if err := ValidateName(m.key); err != nil {
			at := node{start: m.start}
			return c.failAs(at, group+"."+m.key, "under a valid package name ("+nameProblem(m.key)+")", "EINVALIDPACKAGENAME")
		}
	}
	return true
}

func (c *checker) peerMeta(n node) bool {
	const name = "peerDependenciesMeta"
	if n.kind != '{' {
		return c.fail(n, name, "an object")
	}
	for _, m := range n.members {
		if m.value.kind != '{' {
			return c.fail(m.value, name+"."+m.key, "an object")
		}
		if optional, i := m.value.get("optional"); i >= 0 && optional.kind != 't' {
			return c.fail(optional, name+"."+m.key+".optional", "true or false")
		}
	}
	return true
}

func (c *checker) workspaces(n node) bool {
	list := n
	if n.kind == '{' {
		var i int
		if list, i = n.get("packages"); i < 0 {
			return true
		}
	}
	if list.kind != '[' || !c.allStrings(list) {
		return c.failAs(list, "workspaces", `an array of patterns, or an object with one in "packages"`, "EWORKSPACESCONFIG")
	}
	return true
}
