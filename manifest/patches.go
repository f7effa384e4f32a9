package manifest

import "bytes"

// patchesField is npm 12's field for patches.
const patchesField = "patchedDependencies"

// Patches are the project's patchedDependencies: paths of patches by a package's
// name, or name@version, or name@range. There are none in most.
func (f *File) Patches() map[string]string {
	if !bytes.Contains(f.data, []byte(patchesField)) {
		return nil
	}
	var fields struct {
		Patches StringMap `json:"patchedDependencies"`
	}
	loosely(f.data, &fields)
	return fields.Patches
}

// RemovePatch removes one of them.
func (f *File) RemovePatch(key string) { f.removeFrom(patchesField, key) }

// SetPatch adds one, or changes it.
func (f *File) SetPatch(key, path string) { f.put(patchesField, key, path) }
