package config

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// loader collects the layers into a Config.
type loader struct {
	sources  Sources
	config   *Config
	env      map[string]string
	home     string
	warnings []Warning
	unknown  map[string]Source // the first place of each
}

func newLoader(s Sources) *loader {
	if s.Table == nil {
		s.Table = Keys()
	}
	l := &loader{sources: s, env: environ(s.Env), unknown: map[string]Source{}}
	l.config = &Config{keys: make(map[string]*Key, len(s.Table))}
	for i := range s.Table {
		l.config.keys[s.Table[i].Name] = &s.Table[i]
	}
	for i := range l.config.layers {
		l.config.layers[i] = map[string]value{}
	}
	l.home = l.env["HOME"]
	if runtime.GOOS == "windows" {
		l.home = l.env["USERPROFILE"]
	}
	return l
}

// entry adds one line of a file, or a variable or flag put in that form.
func (l *loader) entry(layer Layer, e Entry, src Source) error {
	name, missing := expand(e.Key, l.env)
	l.warnMissing(missing, name, src)
	switch {
	case isSection(e):
		l.warn(src, e.Section, e.Section+" begins a section, which npm's configuration has no use for; the key is ignored")
		return nil
	case isRegistryKey(name) || strings.HasPrefix(name, "@"):
		return l.scoped(layer, name, e.Value, src)
	case slices.Contains(credentialNames(), name):
		l.warn(src, name, fmt.Sprintf("%s belongs to one registry: write it as //host/:%s; it is ignored here", name, name))
		return nil
	case layer == Project && name == "prefix":
		l.warn(src, name, "prefix cannot be set by a project; it is ignored")
		return nil
	}
	key, text, ok := l.config.find(name, e.Value)
	if !ok {
		l.noteUnknown(name, src)
		return nil
	}
	if key.Deprecated != "" {
		l.warn(src, name, name+" is deprecated: "+key.Deprecated)
	}
	if strategy := legacyStrategy(key.Name); strategy != "" && text == "true" {
		return l.set(layer, l.config.keys["install-strategy"], strategy, false, src)
	}
	return l.set(layer, key, text, e.Array, src)
}

// legacyStrategy is the install-strategy that an older key stands for.
func legacyStrategy(name string) string {
	switch name {
	case "legacy-bundling":
		return "nested"
	case "global-style":
		return "shallow"
	}
	return ""
}

// find returns the key of a name and the text of its value; "no-x" is x
// negated.
func (c *Config) find(name, text string) (*Key, string, bool) {
	if key, ok := c.keys[name]; ok {
		return key, text, true
	}
	positive, negated := strings.CutPrefix(name, "no-")
	key, ok := c.keys[positive]
	if !negated || !ok || key.Type != TypeBool {
		return nil, "", false
	}
	if b, _ := parseBool(text); b == "true" {
		return key, "false", true
	}
	return key, "true", true
}

// set stores one value of a known key. Values after the first one of a list
// are appended; of anything else the last one counts.
func (l *loader) set(layer Layer, key *Key, text string, array bool, src Source) error {
	if text == "null" && key.Type != TypeBool {
		l.config.layers[layer][key.Name] = value{null: true, source: src}
		return nil
	}
	text, missing := expand(text, l.env)
	l.warnMissing(missing, key.Name, src)
	var texts []string
	for _, part := range key.split(text) {
		part, err := key.parse(part, l.home, l.sources.Dir)
		if invalid, ok := errors.AsType[*ValueError](err); ok {
			invalid.Source = src
			if layer == Flag || key.Strict {
				return err
			}
			l.warn(src, key.Name, invalid.message()+"; it is ignored")
			return nil
		}
		texts = append(texts, part)
	}
	if old, ok := l.config.layers[layer][key.Name]; ok && (key.Layers || key.List() && (array || layer == Flag)) {
		texts = append(slices.Clone(old.texts), texts...)
	}
	l.config.layers[layer][key.Name] = value{texts: texts, source: src}
	return nil
}

// split takes one text of a list apart: at blank lines, as npm puts lists
// into variables, and at commas where the key says so.
func (k Key) split(text string) []string {
	if !k.List() {
		return []string{text}
	}
	var parts []string
	for part := range strings.SplitSeq(text, "\n\n") {
		if !k.Comma {
			parts = append(parts, part)
			continue
		}
		for item := range strings.SplitSeq(part, ",") {
			parts = append(parts, strings.TrimSpace(item))
		}
	}
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

// scoped stores "//host/:key" and "@scope:registry". A malformed address of a
// scope is an error: its packages would be looked for in the public registry.
func (l *loader) scoped(layer Layer, name, text string, src Source) error {
	if err := checkScoped(name); err != nil {
		l.noteUnknown(name, src)
		return nil //nolint:nilerr // told as a warning, as npm does
	}
	text, missing := expand(text, l.env)
	l.warnMissing(missing, name, src)
	// "${NPM_TOKEN}" itself is no credential; do not send it.
	if len(missing) > 0 && isRegistryKey(name) {
		return nil
	}
	text, err := scopedKey(name).parse(text, l.home, l.sources.Dir)
	if invalid, ok := errors.AsType[*ValueError](err); ok && !isRegistryKey(name) {
		invalid.Source = src
		return err
	}
	l.config.layers[layer][name] = value{texts: []string{text}, source: src}
	return nil
}

func (l *loader) warn(src Source, key, message string) {
	l.warnings = append(l.warnings, Warning{Source: src, Key: key, Message: message})
}

func (l *loader) warnMissing(names []string, key string, src Source) {
	for _, name := range names {
		l.warn(src, key, fmt.Sprintf("%s refers to the variable %s, which is not set", key, name))
	}
}

func (l *loader) noteUnknown(name string, src Source) {
	if _, ok := l.unknown[name]; !ok && !slices.Contains(npmOnlyKeys(), name) {
		l.unknown[name] = src
	}
}

// warnUnknown warns of each unknown key once.
func (l *loader) warnUnknown() {
	for _, name := range slices.Sorted(maps.Keys(l.unknown)) {
		l.warn(l.unknown[name], name, unknownKey(name).Error())
	}
}

// KeyError says that there is no such key.
type KeyError struct {
	Key  string
	Near string // the nearest name; empty when none is near
}

func (e *KeyError) Error() string {
	if e.Near == "" {
		return fmt.Sprintf("unknown key %q", e.Key)
	}
	return fmt.Sprintf("unknown key %q; did you mean %q?", e.Key, e.Near)
}
