package manifest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// StringMap is an object of strings. Members of another type are dropped, and
// so is a value that is not an object.
type StringMap map[string]string

// UnmarshalJSON reads an object of strings; it never fails on valid JSON.
func (m *StringMap) UnmarshalJSON(data []byte) error {
	*m = nil
	if firstByte(data) != '{' {
		return nil
	}
	if plain, ok := plainObject(data); ok {
		*m = plain
		return nil
	}
	var loose map[string]any
	if err := json.Unmarshal(data, &loose); err != nil {
		return err
	}
	*m = make(StringMap, len(loose))
	for k, v := range loose {
		if s, ok := v.(string); ok {
			(*m)[k] = s
		}
	}
	return nil
}

// StringList is an array of strings, or one string that stands for an array
// of itself. Elements of another type are dropped.
type StringList []string

// UnmarshalJSON reads a string or an array; it never fails on valid JSON.
func (l *StringList) UnmarshalJSON(data []byte) error {
	*l = nil
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		*l = StringList{v}
	case []any:
		*l = stringsIn(v)
	}
	return nil
}

func stringsIn(values []any) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// Bin is the bin field as written. The string form, whose command is named
// after the package, has the one key "".
type Bin map[string]string

// UnmarshalJSON reads a string, an object, or the array form of old packages,
// whose commands are named after the files.
func (b *Bin) UnmarshalJSON(data []byte) error {
	*b = nil
	switch firstByte(data) {
	case '{':
		return (*StringMap)(b).UnmarshalJSON(data)
	case '"', '[':
	default:
		return nil
	}
	var list StringList
	if err := list.UnmarshalJSON(data); err != nil {
		return err
	}
	*b = make(Bin, len(list))
	for _, file := range list {
		if firstByte(data) == '"' {
			(*b)[""] = file
		} else {
			(*b)[baseName(file)] = file
		}
	}
	return nil
}

// MarshalJSON writes the form that was read: a string for the one key "".
func (b Bin) MarshalJSON() ([]byte, error) {
	if file, ok := b[""]; ok && len(b) == 1 {
		return json.Marshal(file)
	}
	return json.Marshal(map[string]string(b))
}

// Bundle is bundleDependencies: a list of names, or true for all.
type Bundle struct {
	All   bool
	Names []string
}

// IsZero reports whether nothing is bundled.
func (b Bundle) IsZero() bool { return !b.All && len(b.Names) == 0 }

// UnmarshalJSON reads a boolean, an array of names, or an object whose keys
// are the names, which npm accepts as well.
func (b *Bundle) UnmarshalJSON(data []byte) error {
	*b = Bundle{}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case bool:
		b.All = v
	case []any:
		b.Names = stringsIn(v)
	case map[string]any:
		b.Names = slices.Sorted(maps.Keys(v))
	}
	return nil
}

// MarshalJSON writes true or the array of names.
func (b Bundle) MarshalJSON() ([]byte, error) {
	if b.All {
		return []byte("true"), nil
	}
	return json.Marshal(b.Names)
}

// PeerMeta is one value of peerDependenciesMeta.
type PeerMeta struct {
	Optional bool `json:"optional,omitempty"`
}

// PeerMetas is peerDependenciesMeta.
type PeerMetas map[string]PeerMeta

// UnmarshalJSON reads an object of objects; anything else is dropped.
func (p *PeerMetas) UnmarshalJSON(data []byte) error {
	*p = nil
	if firstByte(data) != '{' {
		return nil
	}
	var loose map[string]any
	if err := json.Unmarshal(data, &loose); err != nil {
		return err
	}
	*p = make(PeerMetas, len(loose))
	for name, v := range loose {
		if meta, ok := v.(map[string]any); ok {
			optional, _ := meta["optional"].(bool)
			(*p)[name] = PeerMeta{Optional: optional}
		}
	}
	return nil
}

// Directories is the directories field, of which only bin matters to an
// installer: a folder whose every file is a command, when bin is absent.
type Directories struct {
	Bin string `json:"bin,omitempty"`
}

// UnmarshalJSON reads an object; anything else is dropped.
func (d *Directories) UnmarshalJSON(data []byte) error {
	var m StringMap
	err := m.UnmarshalJSON(data)
	d.Bin = m["bin"]
	return err
}

// Workspaces is the list of workspace patterns, for [FindWorkspaces].
type Workspaces []string

// UnmarshalJSON reads an array of patterns or Yarn's {"packages": […]}.
func (w *Workspaces) UnmarshalJSON(data []byte) error {
	*w = nil
	var list StringList
	if firstByte(data) == '{' {
		var object struct{ Packages StringList }
		if err := json.Unmarshal(data, &object); err != nil {
			return err
		}
		list = object.Packages
	} else if firstByte(data) == '[' {
		if err := list.UnmarshalJSON(data); err != nil {
			return err
		}
	}
	*w = Workspaces(list)
	return nil
}

// Text is a string; a value of another type reads as empty.
type Text string

// UnmarshalJSON reads a string; it never fails on valid JSON.
func (t *Text) UnmarshalJSON(data []byte) error {
	*t = ""
	if firstByte(data) != '"' {
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}

// License is the license field: an SPDX expression, or the type of the
// {"type", "url"} form of old packages.
type License string

// UnmarshalJSON reads a string or an object with a type.
func (l *License) UnmarshalJSON(data []byte) error {
	if firstByte(data) != '{' {
		return (*Text)(l).UnmarshalJSON(data)
	}
	var m StringMap
	err := m.UnmarshalJSON(data)
	*l = License(m["type"])
	return err
}

// Flag is a boolean; the strings "true" and "false" of hand-written files
// count, anything else is false.
type Flag bool

// UnmarshalJSON reads a boolean; it never fails on valid JSON.
func (f *Flag) UnmarshalJSON(data []byte) error {
	text := string(bytes.TrimSpace(data))
	*f = text == "true" || text == `"true"`
	return nil
}

func firstByte(data []byte) byte {
	data = bytes.TrimLeft(data, " \t\r\n")
	if len(data) == 0 {
		return 0
	}
	return data[0]
}

func trimBOM(data []byte) []byte {
	return bytes.TrimPrefix(data, []byte("\ufeff"))
}
