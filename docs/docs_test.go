package docs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTopics holds the list of what is embedded to the pages that say that they
// are topics.
func TestTopics(t *testing.T) {
	topics := Topics()
	files, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, ok := parse(strings.ReplaceAll(string(data), "\r\n", "\n"))
		if says := strings.HasPrefix(string(data), "<!--"); says != ok {
			t.Errorf("%s: begins as a topic: %v; is one: %v", file, says, ok)
		}
		if ok && !slices.Contains(topics, want) {
			t.Errorf("%s is a topic and not embedded", file)
		}
		if ok && (want.Title == "" || len(want.Text) < 100 || want.Section != 5 && want.Section != 7) {
			t.Errorf("%s: %+v", file, want)
		}
	}
	if embedded, _ := pages.ReadDir("."); len(embedded) != len(topics) {
		t.Errorf("%d of the %d embedded pages are topics", len(topics), len(embedded))
	}
	names := map[string]bool{}
	for _, topic := range topics {
		if names[topic.Name] || names[topic.Manual] {
			t.Errorf("two topics are called %s or %s", topic.Name, topic.Manual)
		}
		names[topic.Name], names[topic.Manual] = true, true
	}
}
