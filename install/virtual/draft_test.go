package virtual

import (
	"os"
	"path/filepath"
	"testing"
)

// The process that comes first makes the store's folder and then, inside, the
// one of the entries. Another one may take the lock between the two, and be the
// first to publish.
func TestPublishIntoStoreInTheMaking(t *testing.T) {
	dir := t.TempDir()
	s := Open(filepath.Join(dir, "store"))
	if err := os.Mkdir(s.Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	release, err := s.Use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	folder := filepath.Join(dir, "extracted")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	e := &Entry{Key: "key"}
	if err := s.Adopt(e, folder).Publish(); err != nil {
		t.Fatal(err)
	}
	if !s.Has(e) {
		t.Error("the entry is not there")
	}
}
