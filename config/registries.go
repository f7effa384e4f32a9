package config

import (
	"slices"
	"strings"
)

// layerKeys are those of several registries side by side.
func layerKeys() []Key {
	return []Key{
		{Name: "registries", Type: TypeList, Comma: true, Own: true, Strict: true,
			Description: "The registries that serve names without a scope of their own, in order: of each package the first that has it serves all versions. A registry that cannot be asked is an error, and those behind it are not asked in its place. In the same layer it wins over `registry`."},
		{Name: "registry-merge", Type: TypeList, Comma: true, Own: true, Strict: true,
			Description: "Package names or patterns (`@acme/*`) whose versions are taken from all `registries` together. A version that two of them have with different digests is refused."},
		{Name: "registry-quorum", Type: TypeInt, Default: "1", Own: true, Strict: true,
			Description: "How many of the `registries` must have a version with the same digest (SHA-256 or better) before it is picked. A version that fewer have is passed over, one that they have with different digests is refused. Scopes with a registry of their own are exempt."},
		{Name: "registry-quorum-exclude", Type: TypeList, Comma: true, Own: true, Strict: true,
			Description: "Package names or patterns (`@acme/*`) that `registry-quorum` does not apply to, such as the team's own."},
	}
}

// Registries returns the addresses of the registries that serve names without
// a scope of their own, the one to ask first at the front: `registries`, or
// what `registry` has been given, each once. The last is the default registry
// of [Config.RegistryFor], which is the only one that npm knows of.
func (c *Config) Registries() []string { return addresses(c.registryTexts()) }

// registryTexts are the registries as they were given.
func (c *Config) registryTexts() []string {
	for i := len(c.layers) - 1; i >= 0; i-- {
		for _, key := range [...]string{"registries", "registry"} {
			if texts := c.layers[i][key].texts; len(texts) > 0 {
				return texts
			}
		}
	}
	return nil
}

// addresses brings registries into one form and drops what repeats.
func addresses(texts []string) []string {
	var list []string
	for _, text := range texts {
		if address := withSlash(text); !slices.Contains(list, address) {
			list = append(list, address)
		}
	}
	return list
}

// RegistryFor returns the address of the registry for a scope ("@acme"), a
// package name, or "" for the default one; always with a slash at the end
// when it is a URL. Of several layers the default is the lowest.
func (c *Config) RegistryFor(name string) string {
	if scope, _, _ := strings.Cut(name, "/"); strings.HasPrefix(scope, "@") {
		if address := c.String(scope + ":registry"); address != "" {
			return withSlash(address)
		}
	}
	switch texts := c.registryTexts(); len(texts) {
	case 0:
		return ""
	case 1:
		return withSlash(texts[0]) // which is asked for each package of a project
	default:
		list := addresses(texts)
		return list[len(list)-1]
	}
}

// Scopes returns the scopes ("@acme") that are bound to a registry, sorted.
func (c *Config) Scopes() []string {
	var scopes []string
	for _, layer := range c.layers {
		for key := range layer {
			if scope, ok := strings.CutSuffix(key, ":registry"); ok && strings.HasPrefix(scope, "@") {
				scopes = append(scopes, scope)
			}
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

func withSlash(address string) string {
	if strings.Contains(address, "://") && !strings.HasSuffix(address, "/") {
		return address + "/"
	}
	return address
}
