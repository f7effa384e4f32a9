package funding

import (
	"encoding/json"
	"testing"
)

// TestParse takes what npm takes, and gives it npm's form.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`"https://a.example"`:                               `{"url":"https://a.example"}`,
		`{"type":"t","url":"http://a.example","x":[1]}`:     `{"type":"t","url":"http://a.example","x":[1]}`,
		`["https://a.example",{"url":"https://b.example"}]`: `[{"url":"https://a.example"},{"url":"https://b.example"}]`,
		``: "", `""`: "", `null`: "", `7`: "", `[]`: "", `{}`: "", `[["https://a.example"]]`: "",
		`"javascript:alert(1)"`: "", `"https:///x"`: "", `"mailto:a@b.example"`: "", `{"url":7}`: "",
		`["https://a.example","file:///x"]`: "",
	} {
		f := Parse(json.RawMessage(text))
		if f == nil {
			if want != "" {
				t.Errorf("%s is nothing, want %s", text, want)
			}
			continue
		}
		if got, err := json.Marshal(f); string(got) != want || err != nil {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
}

// FuzzParse never yields what a browser must not open.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`"https://a.example"`, `{"type":"t","url":"http://a.example"}`, `["https://a.example",{"url":"x"}]`, `{"url":"javascript:x"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		field := Parse(json.RawMessage(text))
		if field == nil {
			return
		}
		if len(field.Sources) == 0 {
			t.Error("a field without sources counts")
		}
		for _, s := range field.Sources {
			if !isPage(string(s.URL)) {
				t.Errorf("%q is no page", s.URL)
			}
		}
		if _, err := json.Marshal(field); err != nil {
			t.Error(err)
		}
	})
}
