// Package lateregexp has regular expressions that are compiled when they are first
// matched with, not when the program starts.
//
// A command looks at few of the texts that the packages below know to read: git's
// messages, globs with braces, URLs in package.json. Compiled at the start, their
// patterns cost every command three quarters of a millisecond, which is much of
// an install that finds nothing to do. They are still named and written at the
// level of the package, like any constant.
package lateregexp

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression, compiled at its first use. It is safe for
// concurrent use.
type Regexp struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

// New makes one of an expression in the syntax of package regexp. One that is wrong
// panics at its first use.
func New(text string) *Regexp { return &Regexp{text: text} }

func (r *Regexp) compiled() *regexp.Regexp {
	r.once.Do(func() { r.re = regexp.MustCompile(r.text) })
	return r.re
}

// MatchString is that of [regexp.Regexp].
func (r *Regexp) MatchString(s string) bool { return r.compiled().MatchString(s) }

// FindStringSubmatch is that of [regexp.Regexp].
func (r *Regexp) FindStringSubmatch(s string) []string { return r.compiled().FindStringSubmatch(s) }

// FindAllString is that of [regexp.Regexp].
func (r *Regexp) FindAllString(s string, n int) []string { return r.compiled().FindAllString(s, n) }

// ReplaceAllString is that of [regexp.Regexp].
func (r *Regexp) ReplaceAllString(s, repl string) string {
	return r.compiled().ReplaceAllString(s, repl)
}
