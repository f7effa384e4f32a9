package virtual

import (
	"os"
	"path/filepath"
	"testing"
)

// Both ways of exchanging leave each folder whole under the other's name.
func TestExchange(t *testing.T) {
	for name, exchange := range map[string]func(a, b string) error{"at once": exchange, "by steps": exchangeBySteps} {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		for _, folder := range [...]string{a, b} {
			if err := os.MkdirAll(filepath.Join(folder, "in", filepath.Base(folder)), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := exchange(a, b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, path := range [...]string{"a/in/b", "b/in/a"} {
			if _, err := os.Stat(filepath.Join(dir, path)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
			t.Errorf("%s: %v is left, %v", name, entries, err)
		}
		if exchange(filepath.Join(dir, "none"), b) == nil {
			t.Errorf("%s: exchanged for nothing", name)
		}
		if _, err := os.Stat(filepath.Join(b, "in", "a")); err != nil {
			t.Errorf("%s: after an error: %v", name, err)
		}
	}
}
