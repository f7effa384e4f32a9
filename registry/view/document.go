package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Document is a package document, in npm's words.
type Document struct {
	Name string
	// Tags are the dist-tags.
	Tags map[string]string
	// Versions are all, the oldest first by precedence.
	Versions []string

	whole    map[string]any
	versions map[string]map[string]any
}

// Parse reads a document. What has another type than it should is passed over.
func Parse(data []byte) (*Document, error) {
	d := &Document{Tags: map[string]string{}, versions: map[string]map[string]any{}}
	if err := json.Unmarshal(data, &d.whole); err != nil {
		return nil, fmt.Errorf("the package's document: %w", err)
	}
	d.Name, _ = d.whole["name"].(string)
	tags, _ := d.whole["dist-tags"].(map[string]any)
	for tag, v := range tags {
		if text, ok := v.(string); ok {
			d.Tags[tag] = text
		}
	}
	versions, _ := d.whole["versions"].(map[string]any)
	for number, v := range versions {
		fields, ok := v.(map[string]any)
		if _, err := npmrange.ParseVersion(number, false); err == nil && ok {
			d.versions[number] = fields
			d.Versions = append(d.Versions, number)
		}
	}
	slices.SortFunc(d.Versions, compare)
	listed := make([]any, len(d.Versions))
	for i, v := range d.Versions {
		listed[i] = v
	}
	d.whole["versions"] = listed
	return d, nil
}

func compare(a, b string) int {
	x, errX := npmrange.ParseVersion(a, true)
	y, errY := npmrange.ParseVersion(b, true)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Or(npmrange.Compare(x, y), cmp.Compare(a, b))
}

// Match are the versions that a tag, a version or a range means.
func (d *Document) Match(wanted string) []string {
	if tagged, ok := d.Tags[wanted]; ok {
		wanted = tagged
	}
	r, err := npmrange.Parse(wanted, npmrange.Options{Loose: true})
	if err != nil {
		return nil
	}
	var found []string
	for _, v := range d.Versions {
		if r.TestString(v) {
			found = append(found, v)
		}
	}
	return found
}

// Version is what is said of a version: its own fields over those of the
// document. The readme is there only where it is asked for.
func (d *Document) Version(number string, readme bool) map[string]any {
	all := maps.Clone(d.whole)
	if !readme {
		delete(all, "readme")
	}
	maps.Copy(all, d.versions[number])
	return all
}

// Time is when a version was published, "" where nobody says.
func (d *Document) Time(number string) string {
	times, _ := d.whole["time"].(map[string]any)
	at, ok := times[number].(string)
	if !ok {
		at, _ = d.versions[number]["time"].(string)
	}
	return at
}
