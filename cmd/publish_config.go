package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/manifest"
)

// publishConfig is what a package says about how it is published. npm lets it
// set any key; these are the ones that say where to and as what, and no
// tarball of a stranger can change others.
type publishConfig struct {
	Tag, Access, Registry, RegistryName string
	// scoped are addresses by "@scope:registry".
	scoped map[string]string
}

// readPublishConfig takes what has the right type, as the manifest is read.
func readPublishConfig(packageJSON []byte) (publishConfig, error) {
	var file struct {
		PublishConfig map[string]any `json:"publishConfig"`
	}
	err := json.Unmarshal(packageJSON, &file)
	if _, wrongType := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !wrongType {
		return publishConfig{}, fmt.Errorf("package.json: %w", err)
	}
	c := publishConfig{scoped: map[string]string{}}
	for key, value := range file.PublishConfig {
		text, _ := value.(string)
		switch key {
		case "tag":
			c.Tag = text
		case "access":
			c.Access = text
		case "registry":
			c.Registry = text
		case "registry-name":
			c.RegistryName = text
		default:
			c.scoped[key] = text
		}
	}
	return c, nil
}

// registryFor is the address that it names for a package, "" for none.
func (c publishConfig) registryFor(name string) string {
	scope, _, _ := strings.Cut(name, "/")
	return strings.TrimSuffix(firstNonEmpty(c.scoped[scope+":registry"], c.Registry), "/")
}

// checkAccess refuses what cannot be kept: everybody who has the name of a
// registry reads all of it.
func (e *edition) checkAccess(s *session) error {
	access := s.cfg.String("access")
	if access == "" {
		access = e.config.Access
	}
	switch {
	case access != "restricted":
		return nil
	case !strings.HasPrefix(e.release.Manifest.Name, "@"):
		return &hintError{err: errors.New("an unscoped package cannot be restricted"), hint: "leave access away", code: "EUNSCOPED"}
	}
	s.app.warn("access=restricted restricts nothing here: whoever has the registry's name and a way to its blocks can read %s", e.release.ID())
	return nil
}

// registryOf is the one registry that all editions go to.
func (s *session) registryOf(editions []*edition) (localRegistry, error) {
	var chosen localRegistry
	for i, e := range editions {
		r, err := s.registryToChange(e.release.Manifest.Name, e.config)
		if err != nil {
			return chosen, err
		}
		if i > 0 && r.Name != chosen.Name {
			return chosen, &hintError{
				err:  fmt.Errorf("%s goes to registry %s, and %s to %s", editions[0].release.ID(), chosen.Name, e.release.ID(), r.Name),
				hint: "publish them one by one, or all into one with --registry-name",
			}
		}
		chosen = r
	}
	return chosen, nil
}

// registryToChange is the registry made here that a package is published in:
// the one that is named, or else the first of those that are configured for the
// package whose key is here, or else the only one.
func (s *session) registryToChange(name string, c publishConfig) (localRegistry, error) {
	called := firstNonEmpty(s.cfg.String("registry-name"), c.RegistryName)
	addresses := s.cfg.Registries()
	if s.boundScope(name) != "" {
		addresses = []string{s.cfg.RegistryFor(name)}
	}
	if own := c.registryFor(name); own != "" && len(s.app.flags["registry"]) == 0 {
		addresses = []string{own}
		if called == "" && strings.HasPrefix(own, "http") {
			return localRegistry{}, &hintError{
				err:  fmt.Errorf("publishConfig of %s names %s, and ipnpm publishes into registries on IPFS only", name, own),
				hint: "name one of yours with --registry-name, or publish there with npm",
			}
		}
	}
	if called != "" {
		return s.catalog().get(called)
	}
	return s.ownRegistry(addresses)
}

// ownRegistry is the first registry made here that is at one of the addresses,
// or where none of them is an IPNS name the only one.
func (s *session) ownRegistry(addresses []string) (localRegistry, error) {
	all, err := s.catalog().list()
	if err != nil {
		return localRegistry{}, err
	}
	others := ""
	for _, address := range addresses {
		if !strings.HasPrefix(address, "ipns://") && !strings.HasPrefix(address, "/ipns/") {
			continue
		}
		name, err := ipfsstore.ParseName(address)
		if err != nil {
			return localRegistry{}, err
		}
		at := slices.IndexFunc(all, func(r localRegistry) bool { return r.IPNS == name.String() })
		if at >= 0 {
			return all[at], nil
		}
		others = address
	}
	if others == "" {
		return s.catalog().only("")
	}
	return localRegistry{}, &hintError{
		err:  fmt.Errorf("the key of %s is not here, and without it nobody can publish there", others),
		hint: "`ipnpm registry ls` lists the registries made here; choose one with --registry-name",
		code: "ENEEDAUTH",
	}
}

// packageArg reads an argument that names a package of a registry: a name, and
// behind "@" a version, a range or a tag.
func packageArg(arg string) (manifest.Spec, error) {
	spec, err := manifest.ParseArg(arg)
	if err == nil && (!spec.Registry() || spec.Kind == manifest.KindAlias) {
		err = &hintError{err: fmt.Errorf("%s is not a package of a registry", arg), hint: "name it as name or name@version", code: "EUSAGE"}
	}
	return spec, err
}
