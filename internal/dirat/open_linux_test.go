package dirat

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// What is read unnoted keeps its time of access, though it was written since.
func TestOpenUnnoted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(file, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	if err := os.Chtimes(file, old, time.Now()); err != nil {
		t.Fatal(err)
	}
	f, err := OpenUnnoted(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "content" {
		t.Errorf("%q, %v", data, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if at := info.Sys().(*syscall.Stat_t).Atim; at.Sec != old.Unix() {
		t.Errorf("accessed at %v, not %v", time.Unix(at.Unix()), old)
	}
	if _, err := OpenUnnoted(file + "-not"); !os.IsNotExist(err) {
		t.Errorf("err = %v", err)
	}
}
