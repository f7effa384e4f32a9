package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBehaviours holds that docs/behaviours.md says of each behaviour what holds
// it, and that all of that is there: scripts, fixtures of parity and Go tests.
func TestBehaviours(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "behaviours.md"))
	if err != nil {
		t.Fatal(err)
	}
	held, _, _ := strings.Cut(string(page), "## Left out")
	_, held, _ = strings.Cut(held, "## Held")
	tests := goTests(t)
	quoted, rows := regexp.MustCompile("`([^`]+)`"), 0
	for line := range strings.Lines(held) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[3], "-") || strings.TrimSpace(cells[3]) == "held by" {
			continue
		}
		rows++
		names := quoted.FindAllStringSubmatch(cells[3], -1)
		if len(names) == 0 {
			t.Errorf("nothing holds:%s", cells[1])
		}
		for _, name := range names {
			if !isHolder(tests, name[1]) {
				t.Errorf("%s does not exist, which is to hold:%s", name[1], cells[1])
			}
		}
	}
	if rows < 80 {
		t.Errorf("%d behaviours were read", rows)
	}
}

func isHolder(tests, name string) bool {
	if strings.HasPrefix(name, "Test") {
		return strings.Contains(tests, "\nfunc "+name+"(")
	}
	at := filepath.Join("testdata", "script", name+".txtar")
	if strings.Contains(name, "/") {
		at = filepath.Join("..", "testdata", "parity", name+".txtar")
	}
	_, err := os.Stat(at)
	return err == nil
}

// goTests is the text of the tests beside this one.
func goTests(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	return text.String()
}
