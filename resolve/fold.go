package resolve

import "strings"

// fold is the identity of a name in a folder: file systems that ignore case
// cannot hold JSONStream beside jsonstream.
func fold(name string) string {
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(name)
		}
	}
	return name
}
