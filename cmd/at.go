package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// bindAt makes the flag of the commands that can resolve against a state of
// before.
func (a *app) bindAt(f *pflag.FlagSet) {
	f.StringArrayVar(&a.at, "at", nil, "resolve against this `ROOT` of the registry and not its newest; NAME=ROOT for one of several")
}

// parseAt fills in the roots that --at names, by the lockfile's key of the
// registry.
func (s *session) parseAt(given []string) error {
	for _, text := range given {
		name, root, named := strings.Cut(text, "=")
		if !named {
			name, root = "", text
		}
		c, err := ipfsstore.ParseCID(strings.TrimSuffix(strings.TrimPrefix(root, "ipfs://"), "/"))
		if err != nil {
			return &hintError{err: fmt.Errorf("--at=%s: %w", text, err), hint: "a root is a CID (baf…), as the lockfile's registries and `ipnpm registry log` have them"}
		}
		key, err := s.keyAt(name)
		if err != nil {
			return fmt.Errorf("--at=%s: %w", text, err)
		}
		if s.at == nil {
			s.at = map[string]cid.Cid{}
		}
		s.at[key] = c
	}
	return nil
}

// keyAt is the key of the registry that --at means by a name: the key itself,
// the registry's IPNS name, or without one the only registry that has states.
func (s *session) keyAt(name string) (string, error) {
	var indexes []string
	for _, key := range s.registryKeys() {
		address := s.addressOf(key)
		if strings.HasPrefix(address, "http") {
			if key == name {
				return "", &hintError{
					err:  fmt.Errorf("%s is an npm registry, which has no states to go back to", address),
					hint: "--before=DATE hides what was published since",
				}
			}
			continue
		}
		if key == name || name != "" && strings.TrimPrefix(address, "ipns://") == name+"/" {
			return key, nil
		}
		indexes = append(indexes, key)
	}
	switch {
	case name != "":
		return "", &hintError{err: fmt.Errorf("no registry is called %s", name), hint: "their names are " + strings.Join(s.registryKeys(), ", ")}
	case len(indexes) == 0:
		return "", &hintError{
			err:  errors.New("no registry of .npmrc is an index on IPFS, and others have no states to go back to"),
			hint: "name one with --registry=ipns://NAME",
		}
	case len(indexes) > 1:
		slices.Sort(indexes)
		return "", &hintError{err: errors.New("several registries have states"), hint: "say which: --at " + indexes[0] + "=ROOT; there are " + strings.Join(indexes, ", ")}
	}
	return indexes[0], nil
}
