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

// Quote writes a text as JSON, as JavaScript does.
func Quote(text string) json.RawMessage { return json.RawMessage(quote(text)) }

// Keys returns the keys of an object field in the author's order, each once;
// without a field those of the document.
func (f *File) Keys(field ...string) []string {
	object := tree(f.data)
	for _, key := range field {
		object, _ = object.get(key)
	}
	var keys []string
	for _, m := range object.members {
		if !slices.Contains(keys, m.key) {
			keys = append(keys, m.key)
		}
	}
	return keys
}
