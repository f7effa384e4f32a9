package atomicfile

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWrite(t *testing.T) { testWrites(t, Write) }

func TestStage(t *testing.T) {
	testWrites(t, func(path string, data []byte, mode os.FileMode) error {
		settle, err := Stage(path, data, mode)
		if err != nil {
			return err
		}
		if before, err := os.ReadFile(path); err == nil && bytes.Equal(before, data) {
			t.Error("the content is there before it is settled")
		}
		return settle()
	})
}

func testWrites(t *testing.T, write func(string, []byte, os.FileMode) error) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file.json")
	for _, step := range []struct {
		text string
		mode os.FileMode
	}{{"first", 0o644}, {"second, longer", 0o600}, {"", 0o666}} {
		if err := write(path, []byte(step.text), step.mode); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != step.text {
			t.Fatalf("read %q, %v; want %q", got, err, step.text)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != step.mode {
			t.Errorf("mode %v, want %v", info.Mode().Perm(), step.mode)
		}
	}
	wantNames(t, dir, "file.json")
}

// TestWriteFails puts a folder in the file's place, over which no file can be
// renamed: the folder stays and nothing else is left.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x"), 0o644); err == nil {
		t.Fatal("a folder was replaced")
	}
	wantNames(t, dir, "taken")
	if err := Write(filepath.Join(dir, "none", "file"), nil, 0o644); err == nil {
		t.Fatal("wrote into a folder that does not exist")
	}
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(want) {
		t.Fatalf("%d entries are left, want %q", len(entries), want)
	}
	for i, e := range entries {
		if e.Name() != want[i] {
			t.Errorf("%s is left, want %s", e.Name(), want[i])
		}
	}
}
