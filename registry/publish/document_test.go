package publish

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/registry"
)

// documentOf has the versions that are named, the last of which is latest.
func documentOf(t *testing.T, versions ...string) *registry.Packument {
	t.Helper()
	doc := registry.New("a")
	for _, number := range versions {
		add(t, doc, number, Terms{Tag: "latest"})
	}
	return doc
}

func add(t *testing.T, doc *registry.Packument, number string, terms Terms) {
	t.Helper()
	terms.CID, terms.At = someCID(t), time.Unix(0, 0)
	if err := release(t, `{"name":"a","version":"`+number+`"}`).Add(doc, terms); err != nil {
		t.Fatalf("%s: %v", number, err)
	}
}

func tagsOf(doc *registry.Packument) string {
	var out []string
	for _, tag := range slices.Sorted(maps.Keys(doc.DistTags)) {
		out = append(out, tag+"="+doc.DistTags[tag])
	}
	return strings.Join(out, " ")
}

func TestAddMovesTags(t *testing.T) {
	doc := registry.New("a")
	add(t, doc, "1.0.0", Terms{Tag: "beta"})
	if got := tagsOf(doc); got != "beta=1.0.0 latest=1.0.0" {
		t.Errorf("the first release under a tag gives %s", got)
	}
	add(t, doc, "1.1.0", Terms{})
	add(t, doc, "2.0.0-rc.1", Terms{Tag: "beta"})
	add(t, doc, "0.9.0", Terms{Tag: "old"})
	if got := tagsOf(doc); got != "beta=2.0.0-rc.1 latest=1.1.0 old=0.9.0" {
		t.Error(got)
	}
	add(t, doc, "1.1.0", Terms{Tag: "stable"}) // the same bytes again
	if doc.DistTags["stable"] != "1.1.0" {
		t.Error(tagsOf(doc))
	}
	add(t, doc, "1.1.0", Terms{})
	add(t, doc, "0.1.0", Terms{Force: true})
	if doc.DistTags["latest"] != "0.1.0" {
		t.Error(tagsOf(doc))
	}
}

func TestAddRefuses(t *testing.T) {
	doc := documentOf(t, "1.0.0", "1.5.0")
	for text, terms := range map[string]Terms{
		`{"name":"a","version":"1.2.0"}`:                   {},
		`{"name":"a","version":"2.0.0-1"}`:                 {},
		`{"name":"a","version":"1.0.0","main":"x"}`:        {Force: true},
		`{"name":"a","version":"1.5.0","license":"other"}`: {Tag: "next"},
	} {
		terms.CID = someCID(t)
		if err := release(t, text).Add(doc, terms); err == nil {
			t.Errorf("%s was added", text)
		}
	}
	if got := tagsOf(doc); got != "latest=1.5.0" || len(doc.VersionList()) != 2 {
		t.Errorf("a refusal left %s", got)
	}
}

func TestRemove(t *testing.T) {
	doc := documentOf(t, "1.0.0", "2.0.0-1", "1.5.0")
	doc.DistTags["stable"] = "1.5.0"
	for _, step := range []struct{ version, tags string }{
		{"1.5.0", "latest=2.0.0-1"}, // as npm, which counts prereleases here
		{"1.0.0", "latest=2.0.0-1"},
		{"2.0.0-1", ""},
	} {
		if err := Remove(doc, step.version); err != nil || tagsOf(doc) != step.tags {
			t.Errorf("without %s: %s (%v)", step.version, tagsOf(doc), err)
		}
	}
	if err := Remove(doc, "1.0.0"); err == nil {
		t.Error("a version was removed twice")
	}
}

func TestDeprecate(t *testing.T) {
	doc := documentOf(t, "1.0.0", "1.1.0-beta", "2.0.0")
	found, err := Deprecate(doc, "<2", "use 2")
	if err != nil || !slices.Equal(found, []string{"1.0.0", "1.1.0-beta"}) {
		t.Fatalf("%q, %v", found, err)
	}
	if !doc.IsDeprecated("1.1.0-beta") || doc.IsDeprecated("2.0.0") || Highest(doc, false) != "2.0.0" {
		t.Error("the wrong versions are deprecated")
	}
	if found, err = Deprecate(doc, "*", ""); err != nil || len(found) != 3 || doc.IsDeprecated("1.0.0") {
		t.Errorf("%q, %v", found, err)
	}
	if _, err := Deprecate(doc, "latest", "no"); err == nil {
		t.Error("a tag was taken for a range")
	}
}

func TestTags(t *testing.T) {
	doc := documentOf(t, "1.0.0", "2.0.0")
	if err := SetTag(doc, "old", "1.0.0"); err != nil || doc.DistTags["old"] != "1.0.0" {
		t.Error(err)
	}
	if _, missing := errors.AsType[*registry.VersionNotFoundError](SetTag(doc, "old", "3.0.0")); !missing {
		t.Error("a tag points at no version")
	}
	if SetTag(doc, "1.x", "1.0.0") == nil {
		t.Error("a range became a tag")
	}
	if v, err := RemoveTag(doc, "old"); v != "1.0.0" || err != nil {
		t.Errorf("%s, %v", v, err)
	}
	for _, tag := range []string{"old", "latest"} {
		if _, err := RemoveTag(doc, tag); err == nil {
			t.Errorf("%s was removed", tag)
		}
	}
}
