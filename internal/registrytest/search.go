package registrytest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// searchPath is npm's search.
const searchPath = "/-/v1/search"

// search answers as npm's registry does, with the packages whose name or
// description has the text. The lock is the caller's.
func (s *Server) search(text string) []byte {
	answer := map[string]any{}
	objects := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		var doc struct {
			Tags     map[string]string         `json:"dist-tags"`
			Versions map[string]map[string]any `json:"versions"`
			Time     map[string]string         `json:"time"`
		}
		if err := json.Unmarshal(s.packages[name].document(s.URL, true), &doc); err != nil {
			continue
		}
		latest := doc.Tags["latest"]
		about, _ := doc.Versions[latest]["description"].(string)
		if strings.Contains(name+" "+about, text) {
			objects = append(objects, map[string]any{"package": map[string]any{
				"name": name, "version": latest, "description": about, "date": doc.Time[latest],
				"publisher":   map[string]string{"username": "someone"},
				"maintainers": []map[string]string{{"username": "someone"}},
			}})
		}
	}
	answer["objects"], answer["total"] = objects, len(objects)
	body, err := json.Marshal(answer)
	if err != nil {
		s.t.Errorf("registrytest: %v", err)
	}
	return body
}
