package cmd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/registry/view"
)

// viewedVersion is what was found in one version: fields, or all of it.
type viewedVersion struct {
	id     string
	fields []view.Field
	whole  map[string]any
}

// tellFields prints what was found as npm does: a single text bare, and other
// values as Node writes them, with the field's path where there are several
// and the version where there are. JSON is a list of the
// versions' objects; a lone field is its value, and a lone list is the list.
func (a *app) tellFields(found []viewedVersion) error {
	if a.json {
		return a.tellFieldsJSON(found)
	}
	labelled := false
	for _, v := range found {
		labelled = labelled || len(v.fields) > 1
		for _, field := range v.fields {
			value := view.Tidy(field.Value)
			text, isText := value.(string)
			if len(found) > 1 || labelled || !isText {
				text = view.Text(value)
			}
			if labelled {
				text = field.Path + " = " + text
			}
			if len(found) > 1 {
				text = v.id + " " + text
			}
			if _, err := fmt.Fprintln(a.Out, printable(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) tellFieldsJSON(found []viewedVersion) error {
	var values []any
	lone := true
	for i, v := range found {
		object := map[string]any{}
		maps.Copy(object, v.whole)
		for _, field := range v.fields {
			object[field.Path] = view.Tidy(field.Value)
		}
		if i == 0 {
			lone = len(object) == 1
		}
		values = append(values, object)
	}
	if lone {
		for i, v := range values {
			for _, value := range v.(map[string]any) {
				values[i] = value
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	if list, ok := values[0].([]any); ok && len(values) == 1 {
		return a.printJSON(list)
	}
	return a.printJSON(values)
}

// viewText writes a version for people.
type viewText struct {
	app     *app
	unicode bool
}

// maxDepsShown and maxTagsShown are how many npm shows of each.
const (
	maxDepsShown = 24
	maxTagsShown = 5
)

func (t viewText) text(doc *view.Document, v map[string]any, from viewedRegistry) string {
	lines := append(t.head(doc, v), t.dist(v)...)
	lines = append(lines, t.dependencies(v)...)
	if people := members(v, "maintainers"); len(people) > 0 {
		lines = append(lines, "", "maintainers:")
		for _, p := range people {
			lines = append(lines, "- "+t.person(p))
		}
	}
	lines = append(lines, t.tags(doc)...)
	return strings.Join(append(lines, t.published(doc, v, from)...), "\n")
}

func (t viewText) head(doc *view.Document, v map[string]any) []string {
	a := t.app
	deps, license := "none", license(v)
	if n := len(texts(v, "dependencies")); n > 0 {
		deps = fmt.Sprint(n)
	}
	licenseColor := green
	if strings.EqualFold(strings.TrimSpace(license), proprietary) {
		licenseColor = red
	}
	lines := []string{"", strings.Join([]string{
		a.paintOut(cyan, printableLine(text(v, "name")+"@"+text(v, "version"))), a.paintOut(licenseColor, printableLine(license)),
		"deps: " + a.paintOut(cyan, deps), "versions: " + a.paintOut(cyan, fmt.Sprint(len(doc.Versions)))}, " | ")}
	for _, field := range [...]string{"description", "homepage"} {
		if line := printableLine(text(v, field)); line != "" {
			lines = append(lines, line)
		}
	}
	if message := text(v, "deprecated"); message != "" {
		mark := "!!"
		if t.unicode {
			mark = " ⚠️ "
		}
		lines = append(lines, "", a.paintOut(red, "DEPRECATED")+mark+" - "+printableLine(message))
	}
	if words := list(v, "keywords"); len(words) > 0 {
		lines = append(lines, "", "keywords: "+a.paintOut(cyan, printableLine(strings.Join(words, ", "))))
	}
	if bins := slices.Sorted(maps.Keys(texts(v, "bin"))); len(bins) > 0 {
		lines = append(lines, "", "bin: "+a.paintOut(cyan, printableLine(strings.Join(bins, ", "))))
	}
	return lines
}

// proprietary is what npm calls a package without a licence.
const proprietary = "Proprietary"

func license(v map[string]any) string {
	if object, ok := v["license"].(map[string]any); ok {
		return firstNonEmpty(text(object, "type"), proprietary)
	}
	return firstNonEmpty(text(v, "license"), proprietary)
}

func (t viewText) dist(v map[string]any) []string {
	lines := []string{"", "dist"}
	dist, _ := v["dist"].(map[string]any)
	for _, field := range [...]string{"tarball", "shasum", "integrity", "cid"} {
		if value := text(dist, field); value != "" {
			lines = append(lines, "."+field+": "+t.app.paintOut(green, printableLine(value)))
		}
	}
	if n, ok := dist["unpackedSize"].(float64); ok && n > 0 {
		lines = append(lines, ".unpackedSize: "+t.app.paintOut(blue, size(int64(n))))
	}
	return lines
}

func (t viewText) dependencies(v map[string]any) []string {
	deps := texts(v, "dependencies")
	var shown []string
	for _, name := range slices.Sorted(maps.Keys(deps)) {
		shown = append(shown, t.app.paintOut(blue, printableLine(name))+": "+printableLine(deps[name]))
	}
	if len(shown) == 0 {
		return nil
	}
	lines := []string{"", "dependencies:", strings.Join(shown[:min(len(shown), maxDepsShown)], ", ")}
	return append(lines, t.more(len(shown)-maxDepsShown)...)
}

func (t viewText) more(n int) []string {
	if n <= 0 {
		return nil
	}
	return []string{t.app.paintOut(dim, fmt.Sprintf("(...and %d more.)", n))}
}

// tags are those of the newest versions, latest first.
func (t viewText) tags(doc *view.Document) []string {
	names := slices.SortedFunc(maps.Keys(doc.Tags), func(a, b string) int {
		switch {
		case a == "latest":
			return -1
		case b == "latest":
			return 1
		}
		return cmp.Or(strings.Compare(doc.Time(doc.Tags[b]), doc.Time(doc.Tags[a])), strings.Compare(b, a))
	})
	lines := []string{"", "dist-tags:"}
	for _, name := range names[:min(len(names), maxTagsShown)] {
		lines = append(lines, t.app.paintOut(blue, printableLine(name))+": "+printableLine(doc.Tags[name]))
	}
	return append(lines, t.more(len(names)-maxTagsShown)...)
}

// published is when and by whom, and our own: in which state of which registry.
func (t viewText) published(doc *view.Document, v map[string]any, from viewedRegistry) []string {
	var lines []string
	line := ""
	if at, err := time.Parse(time.RFC3339, doc.Time(text(v, "version"))); err == nil {
		line = " " + t.app.paintOut(cyan, at.UTC().Format(time.DateOnly))
	}
	if by, ok := v["_npmUser"].(map[string]any); ok {
		line += " by " + t.person(by)
	}
	if line != "" {
		lines = append(lines, "", "published"+line)
	}
	if from.Root != "" {
		line := "registry: " + printableLine(from.address)
		if from.Sequence > 0 {
			line += fmt.Sprintf(" #%d", from.Sequence)
		}
		lines = append(lines, "", line+" "+from.Root)
	}
	return lines
}

func (t viewText) person(p map[string]any) string {
	return printableLine(view.Person(text(p, "name"), text(p, "email"), ""))
}

// text is a member that is a text, or "".
func text(v map[string]any, key string) string {
	s, _ := v[key].(string)
	return s
}

// texts are a member's own members that are texts.
func texts(v map[string]any, key string) map[string]string {
	object, _ := v[key].(map[string]any)
	out := map[string]string{}
	for name := range object {
		out[name] = text(object, name)
	}
	return out
}

// list is a member that is a list of texts.
func list(v map[string]any, key string) []string {
	var out []string
	items, _ := v[key].([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// members is a member that is a list of objects.
func members(v map[string]any, key string) []map[string]any {
	var out []map[string]any
	items, _ := v[key].([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}
