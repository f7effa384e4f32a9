package manifest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// SetValue writes a member of an object field, such as one approval in
// allowScripts, making the field where there is none. The value is anything
// that encodes as JSON.
func (f *File) SetValue(field, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s of package.json: %w", field, err)
	}
	f.putRaw(field, key, string(text))
	return nil
}

// Keys returns the keys of an object field in the author's order, each once.
func (f *File) Keys(field string) []string {
	object, _ := tree(f.data).get(field)
	var keys []string
	for _, m := range object.members {
		if !slices.Contains(keys, m.key) {
			keys = append(keys, m.key)
		}
	}
	return keys
}
