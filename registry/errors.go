package registry

import (
	"fmt"
	"strings"
)

// NotFoundError says that a registry has no package of that name.
type NotFoundError struct {
	Name string
	// Near are existing names that the caller may have meant, where that was
	// known when the error was made; prefer Suggestions.
	Near []string

	suggest func() []string
}

// Suggestions returns existing names that the caller may have meant, best
// first; often none. They are looked for only now: layered registries make
// many of these errors that nobody reads.
func (e *NotFoundError) Suggestions() []string {
	if e.Near == nil && e.suggest != nil {
		return e.suggest()
	}
	return e.Near
}

func (e *NotFoundError) Error() string {
	msg := fmt.Sprintf("package %q is not in the registry", e.Name)
	if near := e.Suggestions(); len(near) > 0 {
		msg += "; did you mean " + strings.Join(near, ", ") + "?"
	}
	return msg
}

// VersionNotFoundError says that a document does not carry that version.
type VersionNotFoundError struct{ Name, Version string }

func (e *VersionNotFoundError) Error() string {
	return fmt.Sprintf("%s has no version %q in the registry", e.Name, e.Version)
}

// UnreadError says that blocks which lead to a package's document, or are it,
// could not be had, so that nobody knows whether the index has the package.
type UnreadError struct {
	Name string
	Err  error
}

func (e *UnreadError) Error() string { return "registry: " + e.Name + ": " + e.Err.Error() }

// Unwrap returns what was missing.
func (e *UnreadError) Unwrap() error { return e.Err }

// FormatError says that something read from a registry is not what the format
// allows: a document, a directory, registry.json.
type FormatError struct {
	// What was read: a path in the index, "name@version", or a CID.
	What   string
	Reason string
	// Err is the cause, may be nil.
	Err error
}

func (e *FormatError) Error() string {
	msg := "registry: " + e.What + ": " + e.Reason
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }
