package config

import (
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Source says where a value was set.
type Source struct {
	Layer Layer
	// Name is the file's path, the variable's name or the flag; empty for a
	// default of the table.
	Name string
	// Line counts from 1; 0 when Name is no file.
	Line int
}

// String is for messages: "/home/u/.npmrc:3", "environment NPM_CONFIG_TAG",
// "--tag", "default".
func (s Source) String() string {
	switch {
	case s.Line > 0:
		return s.Name + ":" + strconv.Itoa(s.Line)
	case s.Layer == Env || s.Layer == Default && s.Name != "":
		return "environment " + s.Name
	case s.Name != "":
		return s.Name
	}
	return s.Layer.String()
}

// ValueError says that a key has a value that it cannot have.
type ValueError struct {
	Source Source
	Key    string
	Value  string // redacted when the key is a secret
	Want   string
}

func (e *ValueError) Error() string {
	return e.Source.String() + ": " + e.message()
}

func (e *ValueError) message() string {
	return fmt.Sprintf("%s must be %s, not %q", e.Key, e.Want, e.Value)
}

// Check reports whether a key can be set to a value, with a *KeyError or a
// *ValueError.
func Check(name string, values ...string) error {
	key, ok := Lookup(name)
	if isRegistryKey(name) || strings.HasPrefix(name, "@") {
		if err := checkScoped(name); err != nil {
			return err
		}
		key, ok = scopedKey(name), true
	}
	if !ok {
		return unknownKey(name)
	}
	if len(values) > 1 && !key.List() {
		return &ValueError{Key: name, Value: strings.Join(values, " "), Want: key.Want()}
	}
	for _, v := range values {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return &ValueError{Key: name, Value: v, Want: "UTF-8 text without NUL"}
		}
		if v == "null" || strings.Contains(v, "${") {
			continue
		}
		if _, err := key.parse(v, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// parse checks one text of a key and brings it into its normal form. The
// error is a *ValueError.
func (k Key) parse(text, home, dir string) (string, error) {
	text = strings.TrimSpace(text)
	ok := true
	switch k.Type {
	case TypeBool:
		text, ok = parseBool(text)
	case TypeInt:
		n, err := strconv.Atoi(text)
		ok = err == nil && n >= 0
	case TypeDuration:
		n, err := strconv.ParseFloat(text, 64)
		ok = err == nil && n >= 0 && n*float64(k.Unit) < math.MaxInt64
	case TypePath:
		text, ok = absolute(text, home, dir), text != ""
	case TypeURL:
		u, err := url.Parse(text)
		ok = err == nil && u.Scheme != "" && u.Host != "" || isIPFSPath(text)
	case TypeDate:
		_, ok = parseDate(text)
	case TypeEnum, TypeEnumList:
		ok = slices.ContainsFunc(k.Values, func(v string) bool { return enumMatch(v, text) })
	}
	if !ok {
		return text, &ValueError{Key: k.Name, Value: redactURL(text), Want: k.Want()}
	}
	return text, nil
}

// isIPFSPath recognises the path form of an IPFS registry's address.
func isIPFSPath(text string) bool {
	name, ok := strings.CutPrefix(text, "/ipns/")
	if !ok {
		name, ok = strings.CutPrefix(text, "/ipfs/")
	}
	return ok && name != "" && !strings.ContainsAny(name, " \t")
}

// scopedKey describes the value of "@scope:registry" and "//host/:name".
func scopedKey(name string) Key {
	switch {
	case !isRegistryKey(name):
		return Key{Name: name, Type: TypeURL, Strict: true}
	case strings.HasSuffix(name, ":certfile"), strings.HasSuffix(name, ":keyfile"):
		return Key{Name: name, Type: TypePath}
	}
	return Key{Name: name}
}

func enumMatch(pattern, text string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	if open {
		return strings.HasPrefix(text, prefix) && len(text) > len(prefix)
	}
	return pattern == text
}

// parseBool knows npm's booleans. Any other word would be true there, "flase"
// and "no" included, and is a mistake here.
func parseBool(text string) (string, bool) {
	switch text {
	case "", "true", "1":
		return "true", true
	case "false", "0", "null":
		return "false", true
	}
	return text, false
}

func absolute(path, home, dir string) string {
	switch {
	case home != "" && (path == "~" || strings.HasPrefix(path, "~/")):
		return filepath.Join(home, path[1:])
	case dir != "" && path != "" && !filepath.IsAbs(path):
		return filepath.Join(dir, path)
	}
	return path
}

// parseDate reads the forms of JavaScript's Date that people write. Without a
// zone a time is UTC, so that a date means the same on every machine.
func parseDate(text string) (time.Time, bool) {
	layouts := []string{time.RFC3339Nano, "2006-01-02", "2006-01", "2006",
		"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
		time.RFC1123, time.RFC1123Z, "Jan 2, 2006", "2 Jan 2006"}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
