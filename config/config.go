// Package config reads npm's configuration: .npmrc files, npm_config_*
// variables and command-line flags, in layers, the later winning over the
// earlier:
//
//	defaults < global < user (~/.npmrc) < project (.npmrc) < environment < flags
//
// The files are those that npm reads, in the dialect that npm reads (package
// ini of npm: key[] arrays, ; and # comments, quotes, ${VAR} and ${VAR?}), so
// that a project and its CI need no second configuration. Which keys there
// are, of which type, with which default, stands in one table, [Keys], from
// which documentation, `config list` and checks are made.
//
// A mistake in a file is a warning that names the place, as in npm, except
// where ignoring it would loosen a protection (Key.Strict) and where the text
// is no rc file at all; a mistake in a flag is an error. Unknown keys are
// warned of once, with the nearest name.
//
// The package reads no environment and prints nothing: variables come in
// [Sources.Env]. It never shows a secret: only [Config.Credentials] gives
// one, and only for the address that it is bound to.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MaxSize is the largest rc file, in bytes, that is read.
const MaxSize = 1 << 20

// Layer is where a value comes from. Higher layers win.
type Layer uint8

// The layers, from the weakest.
const (
	Default Layer = iota
	Global
	User
	Project
	Env
	Flag
	numLayers
)

// String returns npm's word for the layer.
func (l Layer) String() string {
	return [...]string{"default", "global", "user", "project", "env", "cli", "invalid"}[min(l, numLayers)]
}

// Sources says where configuration is to be read from. Paths that are empty
// or lead to no file are skipped.
type Sources struct {
	// Project is the .npmrc beside the root package.json.
	Project string
	// User is the user's file; when empty, the userconfig of flags or
	// environment, and then $HOME/.npmrc.
	User string
	// Global is the system's file; when empty, the globalconfig of any other
	// layer, and then etc/npmrc under prefix, if that is set.
	Global string
	// Env is the environment in os.Environ's form. HOME (USERPROFILE) is what
	// "~/" stands for.
	Env []string
	// Flags are the command line's: name without dashes → values. An empty
	// list or value means true; "no-x" means that x is false.
	Flags map[string][]string
	// Defaults replace defaults of the table; the default registry comes
	// this way.
	Defaults map[string]string
	// Table is what [Keys] returned, for who has asked it already.
	Table []Key
	// Dir is what relative paths are relative to; when empty they stay
	// relative. npm takes the working directory, whichever file they are in.
	Dir string
}

// Warning is a mistake that does not keep the rest from being used.
type Warning struct {
	Source Source
	Key    string
	// Message is one sentence; it never holds a secret.
	Message string
}

func (w Warning) String() string { return w.Source.String() + ": " + w.Message }

// Config is the layered configuration. It does not change once loaded, and is
// safe for concurrent use.
type Config struct {
	keys   map[string]*Key
	layers [numLayers]map[string]value
	files  [numLayers]string
}

// value is what one layer says about one key: texts already expanded and
// checked.
type value struct {
	texts  []string
	null   bool
	source Source
}

// Load reads all layers. The error is a *SyntaxError, a *ValueError or an I/O
// error (a file that is there and cannot be read).
func Load(s Sources) (*Config, []Warning, error) {
	l := newLoader(s)
	steps := []func() error{l.defaults, l.flags, l.environment, l.project, l.user, l.global}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, l.warnings, err
		}
	}
	l.warnUnknown()
	return l.config, l.warnings, nil
}

// File returns the path of the rc file of a layer (Global, User, Project),
// whether it exists or not; empty for the others.
func (c *Config) File(l Layer) string {
	return c.files[min(l, numLayers-1)]
}

func (l *loader) project() error {
	// In the home directory the user's file would be read twice.
	if l.sources.Project != "" && l.sources.Project == l.userFile() {
		return nil
	}
	return l.file(Project, l.sources.Project)
}

func (l *loader) user() error { return l.file(User, l.userFile()) }

func (l *loader) userFile() string {
	if l.sources.User != "" {
		return l.sources.User
	}
	if file := l.config.String("userconfig"); file != "" {
		return file
	}
	if l.home == "" {
		return ""
	}
	return filepath.Join(l.home, ".npmrc")
}

func (l *loader) global() error {
	file := l.sources.Global
	if file == "" {
		file = l.config.String("globalconfig")
	}
	if prefix := l.config.String("prefix"); file == "" && prefix != "" {
		file = filepath.Join(prefix, "etc", "npmrc")
	}
	return l.file(Global, file)
}

// file reads one rc file into its layer.
func (l *loader) file(layer Layer, path string) error {
	l.config.files[layer] = path
	if path == "" {
		return nil
	}
	data, err := readLimited(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	entries, err := ParseRC(data)
	if err != nil {
		if syntax, ok := errors.AsType[*SyntaxError](err); ok {
			syntax.File = path
		}
		return err
	}
	for _, e := range entries {
		if err := l.entry(layer, e, Source{Layer: layer, Name: path, Line: e.Line}); err != nil {
			return err
		}
	}
	return nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, MaxSize)
	}
	return data, nil
}

// isSection reports an entry below a [section], which npm's configuration
// has no use for.
func isSection(e Entry) bool { return e.Section != "" }

// isRegistryKey reports "//host/path/:name" keys.
func isRegistryKey(key string) bool { return strings.HasPrefix(key, "//") }
