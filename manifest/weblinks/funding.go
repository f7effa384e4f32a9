package weblinks

// Funding is one way to give money to a package's authors.
type Funding struct {
	// Type is what they call it ("patreon"), often nothing.
	Type string `json:"type,omitempty"`
	URL  string `json:"url"`
}

// Fundings are those of a package.json whose addresses may be opened: npm's field
// is a text, an object with a url, or a list of these.
func Fundings(f Fields) []Funding {
	list, ok := f["funding"].([]any)
	if !ok {
		list = []any{f["funding"]}
	}
	var out []Funding
	for _, item := range list {
		one := Funding{URL: text(item)}
		if object, ok := item.(Fields); ok {
			one = Funding{Type: text(object["type"]), URL: text(object["url"])}
		}
		if at, err := Check(one.URL); err == nil {
			one.URL = at
			out = append(out, one)
		}
	}
	return out
}
