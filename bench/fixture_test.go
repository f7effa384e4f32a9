package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every named fixture is there, and its update changes one line.
func TestNamedFixtures(t *testing.T) {
	t.Chdir("..")
	for name := range namedFixtures() {
		f, err := readFixture(name, "")
		if err != nil {
			t.Fatal(err)
		}
		before, after := strings.Split(string(f.manifest), "\n"), strings.Split(string(f.updated), "\n")
		changed := 0
		for i := range before {
			if before[i] != after[i] {
				changed++
			}
		}
		if len(before) != len(after) || changed != 1 {
			t.Errorf("%s: the update changes %d lines", filepath.Base(name), changed)
		}
	}
}

func TestChangeRange(t *testing.T) {
	t.Parallel()
	const manifest = `{"name": "p", "dependencies": {"@s/a": "^1"}, "devDependencies": {"b": "1.0.0"}}`
	for change, want := range map[string]string{
		"@s/a@^2": `{"name": "p", "dependencies": {"@s/a": "^2"}, "devDependencies": {"b": "1.0.0"}}`,
		"b@1.0.1": `{"name": "p", "dependencies": {"@s/a": "^1"}, "devDependencies": {"b": "1.0.1"}}`,
		"c@1":     "",
		"@s/a":    "",
	} {
		got, err := changeRange([]byte(manifest), change)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s gives %s, %v", change, got, err)
		}
	}
}

func TestChooseSituations(t *testing.T) {
	t.Parallel()
	got, err := chooseSituations("modern-app", "update,clean")
	if err != nil || strings.Join(names(got), ",") != "clean,update" {
		t.Errorf("chosen are %v (%v), want them in their own order", got, err)
	}
	if _, err := chooseSituations("modern-app", "clean,never"); err == nil {
		t.Error("an unknown situation is taken")
	}
}
