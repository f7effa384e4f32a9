package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// catalog holds the registries that this user makes: one small file each, in
// the data folder, naming the current root in the local store and the key
// that signs for it.
type catalog struct{ dir string }

// localRegistry is one of them.
type localRegistry struct {
	Name string `json:"name"`
	// Root is the CID of the current state, "" before the first mirror.
	Root string `json:"root,omitempty"`
	// Sequence counts the states, as registry.json does.
	Sequence uint64 `json:"sequence,omitempty"`
	// Key is the name of the signing key in the keystore, and IPNS its public
	// name.
	Key  string `json:"key"`
	IPNS string `json:"ipns"`
	// Former are the keys that it had before, the oldest first.
	Former []formerKey `json:"former,omitempty"`
	// Static is the address of the static registry for installers that take
	// addresses as they are, "" without one; see registry.Info.
	Static string `json:"static,omitempty"`
	// Providers are the peers that registry.json names.
	Providers []string `json:"providers,omitempty"`
}

func (s *session) catalog() catalog { return catalog{dir: filepath.Join(s.dirs.data, "registries")} }

// registryName is what a registry may be called: it becomes a file name and
// the name of a key.
var registryName = lateregexp.New(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func (c catalog) path(name string) string { return filepath.Join(c.dir, name+".json") }

// noRegistryError says that no registry of that name was made here. It is an
// fs.ErrNotExist.
type noRegistryError struct{ name string }

func (e *noRegistryError) Error() string { return fmt.Sprintf("there is no registry %q here", e.name) }
func (e *noRegistryError) Unwrap() error { return fs.ErrNotExist }
func (e *noRegistryError) Hint() string {
	return "make it with `ipnpm registry create " + e.name + "`; `ipnpm registry ls` lists those that there are"
}

// get reads one registry; the error is a *noRegistryError when there is none.
func (c catalog) get(name string) (localRegistry, error) {
	var r localRegistry
	if !registryName.MatchString(name) {
		return r, &hintError{err: fmt.Errorf("%q cannot be a registry's name", name), hint: "lower-case letters, digits, dots and dashes"}
	}
	data, err := os.ReadFile(c.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return r, &noRegistryError{name}
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil || r.Name != name {
		return r, fmt.Errorf("%s is damaged", c.path(name))
	}
	return r, nil
}

// only returns the named registry, or the one there is when no name is given.
func (c catalog) only(name string) (localRegistry, error) {
	if name != "" {
		return c.get(name)
	}
	all, err := c.list()
	if err != nil {
		return localRegistry{}, err
	}
	switch len(all) {
	case 0:
		return localRegistry{}, &hintError{err: errors.New("there is no registry here yet"), hint: "make one with `ipnpm registry create NAME`"}
	case 1:
		return all[0], nil
	}
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Name
	}
	return localRegistry{}, &hintError{err: errors.New("there are several registries here"), hint: "name one of " + strings.Join(names, ", ")}
}

func (c catalog) list() ([]localRegistry, error) {
	files, err := filepath.Glob(filepath.Join(c.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var out []localRegistry
	for _, f := range files {
		r, err := c.get(strings.TrimSuffix(filepath.Base(f), ".json"))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// put writes one registry, by a rename.
func (c catalog) put(r localRegistry) error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(c.path(r.Name), append(data, '\n'), 0o644)
}

// lock keeps a second mirror or publish of one registry waiting, since each
// makes the next state from the current one.
func (c catalog) lock(name string) (unlock func(), err error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(c.dir, name+".lock"))
	if err := l.Lock(); err != nil {
		return nil, err
	}
	return func() { _ = l.Unlock() }, nil
}

// hold does something with a registry, as it is once no other process changes it.
func (c catalog) hold(name string, do func(localRegistry) error) error {
	unlock, err := c.lock(name)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := c.get(name)
	if err != nil {
		return err
	}
	return do(r)
}

// withRegistry does something with a registry that was made here, the named one
// or the only one, while no other process changes it.
func (a *app) withRegistry(name string, do func(*session, localRegistry) error) error {
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		r, err := s.catalog().only(name)
		if err != nil {
			return err
		}
		return s.catalog().hold(r.Name, func(r localRegistry) error { return do(s, r) })
	})
}
