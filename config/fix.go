package config

import (
	"errors"
	"fmt"
	"net/url"
)

// ErrNoHost says that credentials cannot be bound to the default registry, which
// is on IPFS and has no host.
var ErrNoHost = errors.New("the registry has no host to bind credentials to")

// Repair is what [Config.Fix] did about one key.
type Repair struct {
	Layer Layer
	Key   string
	// To is the key's new name; empty when it was taken out.
	To string
}

// Fix binds the credentials that stand in the files of some layers without a
// registry, as npm once had them, to the default registry. Taken out are those
// that are of no use: half of a pair, misspelt, or when the registry has one of
// the name already. Each file is replaced as [Set] does it, all other lines stay.
// What was done is returned beside an error too.
func (c *Config) Fix(layers ...Layer) ([]Repair, error) {
	var done []Repair
	bound := map[string]bool{}
	for _, layer := range c.layers {
		for key := range layer {
			bound[key] = true
		}
	}
	for _, layer := range layers {
		if c.File(layer) == "" {
			continue
		}
		f := fixer{prefix: c.credentialPrefix(layer), layer: layer, bound: bound}
		if err := changeFile(c.File(layer), f.fix); err != nil {
			return done, err
		}
		done = append(done, f.done...)
	}
	return done, nil
}

// credentialPrefix is what binds a key of a layer's file to the default registry;
// "" for one that has no host. A project does not say to whom the user's own
// credentials are sent.
func (c *Config) credentialPrefix(layer Layer) string {
	seen := *c
	if layer != Project {
		seen.layers[Project] = nil
	}
	u, err := url.Parse(seen.RegistryFor(""))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return "//" + hostKey(u) + u.EscapedPath() + ":"
}

// fixer mends the text of one file.
type fixer struct {
	prefix string
	layer  Layer
	bound  map[string]bool // the keys that there are
	done   []Repair
}

func (f *fixer) fix(data []byte) ([]byte, error) {
	entries, err := ParseRC(data)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, e := range entries {
		if !isSection(e) {
			values[e.Key] = e.Value
		}
	}
	// In npm's order, in which two of one name do not both find room.
	for _, key := range [...]string{"_authtoken", "-authtoken", "_auth", "_authToken", "username", "_password", "email", "certfile", "keyfile"} {
		value := values[key]
		if value == "" {
			continue
		}
		repair, lines := Repair{Layer: f.layer, Key: key}, []string(nil)
		to := f.prefix + key
		if useful(key, values) && (f.prefix == "" || !f.bound[to] && values[to] == "") {
			if f.prefix == "" {
				return nil, fmt.Errorf("%s in the %s config: %w", key, f.layer, ErrNoHost)
			}
			repair.To, lines, f.bound[to] = to, []string{rcText(to) + "=" + rcText(value)}, true
		}
		if data, err = Edit(data, key, lines); err != nil {
			return nil, err
		}
		f.done = append(f.done, repair)
	}
	return data, nil
}

// useful reports whether a key is of use, beside the others of its file.
func useful(key string, values map[string]string) bool {
	switch key {
	case "_authtoken", "-authtoken":
		return false
	case "username":
		return values["_password"] != ""
	case "_password":
		return values["username"] != ""
	case "certfile":
		return values["keyfile"] != ""
	case "keyfile":
		return values["certfile"] != ""
	}
	return true
}
