package manifest

import (
	"encoding/json"
	"fmt"
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
