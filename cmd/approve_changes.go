package cmd

import (
	"encoding/json"

	"github.com/ipnpm/ipnpm/manifest"
)

// policyChanges are what was done to allowScripts, package by package: npm's
// --json form of approve-scripts and deny-scripts.
type policyChanges []*policyChange

type policyChange struct {
	Name    string      `json:"name"`
	Changes []keyChange `json:"changes"`
}

// keyChange is one key of allowScripts, and npm's word for what became of it.
type keyChange struct {
	Key    string `json:"key"`
	Change string `json:"change"`
}

// of is the entry of a package, which stands there also when nothing changes.
func (c *policyChanges) of(name string) *policyChange {
	for _, each := range *c {
		if each.Name == name {
			return each
		}
	}
	*c = append(*c, &policyChange{name, []keyChange{}})
	return (*c)[len(*c)-1]
}

// set gives a key of allowScripts a value, unless it has that already.
func (c *policyChanges) set(f *manifest.File, name, key string, value any) error {
	change := c.of(name)
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	old, err := f.Get(allowScriptsKey(key))
	if err != nil || len(old) == 1 && string(old[0].JSON) == string(text) {
		return err
	}
	change.Changes = append(change.Changes, keyChange{key, "added"})
	return f.SetValue("allowScripts", key, value)
}

// remove takes the key of an approval away.
func (c *policyChanges) remove(f *manifest.File, name, key string) {
	change := c.of(name)
	f.Delete(allowScriptsKey(key))
	change.Changes = append(change.Changes, keyChange{key, "removed-pinned-allow"})
}

func allowScriptsKey(key string) manifest.Query {
	return manifest.FieldQuery("allowScripts").With(key)
}
