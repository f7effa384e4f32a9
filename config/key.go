package config

import (
	"fmt"
	"strings"
	"time"
)

// Type is what a key's value is.
type Type uint8

// The types of keys.
const (
	TypeString   Type = iota
	TypeBool          // true, false; a key alone is true
	TypeInt           // a whole number ≥ 0
	TypeDuration      // a number of Key.Unit
	TypePath          // a file path; "~/" is the home directory
	TypeURL           // an address with scheme and host
	TypeDate          // a date or a time, RFC 3339 or a part of it
	TypeEnum          // one of Key.Values
	TypeList          // several strings: key[]=a, key[]=b
	TypeEnumList      // several of Key.Values
)

// String returns the type's name for documentation.
func (t Type) String() string {
	return [...]string{"string", "boolean", "number", "number", "path", "URL", "date",
		"one of", "list", "list of"}[t]
}

// Key describes one configuration key.
type Key struct {
	Name string
	Type Type
	// Values are the allowed ones of TypeEnum and TypeEnumList. A "*" at the
	// end stands for any text.
	Values []string
	// Default is in an rc file's form; "null" (none) and "" are possible.
	Default string
	// DefaultText describes a default that is not fixed.
	DefaultText string
	// Unit is what the numbers of TypeDuration count.
	Unit time.Duration
	// Comma says that one value may hold several, with commas between.
	Comma bool
	// Layers says of a single value that it may be given several times in one
	// place; the last is what it is, as for npm, and see [Config.Registries].
	Layers bool
	// Description is for users, in Markdown, without a line break at the end.
	Description string
	// Env are environment variables that stand in for the default, beyond
	// npm_config_<name>.
	Env []string
	// Flags are the spellings on the command line beyond --<name>.
	Flags []string
	// Deprecated says what to use instead.
	Deprecated string
	// Strict says that a wrong value is an error wherever it stands, because
	// to ignore it would loosen a protection.
	Strict bool
	// Own says that npm does not know the key.
	Own bool
}

// Lookup returns the table's entry of a name.
func Lookup(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// List reports whether the key has several values.
func (k Key) List() bool { return k.Type == TypeList || k.Type == TypeEnumList }

// Want describes the values of the key: "true or false".
func (k Key) Want() string {
	switch k.Type {
	case TypeBool:
		return "true or false"
	case TypeInt:
		return "a whole number, 0 or more"
	case TypeDuration:
		return "a number of " + unitName(k.Unit)
	case TypePath:
		return "a path"
	case TypeURL:
		return "a URL such as https://registry.example/"
	case TypeDate:
		return "a date such as 2026-01-31 or 2026-01-31T12:00:00Z"
	case TypeEnum, TypeEnumList:
		return "one of " + strings.Join(k.Values, ", ")
	case TypeList:
		return "a list"
	}
	return "a text"
}

func unitName(unit time.Duration) string {
	switch unit {
	case 24 * time.Hour:
		return "days"
	case time.Millisecond:
		return "milliseconds"
	}
	return fmt.Sprintf("times %s", unit)
}
