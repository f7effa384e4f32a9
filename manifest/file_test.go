package manifest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "package.json"))
	if !errors.Is(err, ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err = Load(dir); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("a folder: %v", err)
	}
	path := filepath.Join(dir, "package.json")
	write(t, path, "{\n")
	_, err = Load(path)
	if syntax, ok := errors.AsType[*SyntaxError](err); !ok || syntax.Path != path || syntax.Line != 2 {
		t.Errorf("no JSON: %v", err)
	}
	write(t, path, `{"bin": 1}`)
	_, err = Load(path)
	if field, ok := errors.AsType[*FieldError](err); !ok || field.Field != "bin" || field.Column != 9 {
		t.Errorf("wrong type: %v", err)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "package.json")
	write(t, real, "{}")
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	f, err := Load(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Set("", "m", "^1"); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(); err != nil || f.Changed() {
		t.Fatal(err)
	}
	info, err := os.Lstat(real)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err = os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if got, _ := os.ReadFile(real); string(got) != string(f.Bytes()) {
		t.Errorf("on disk: %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".package.json-*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

func TestCurrent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "package.json")
	write(t, path, "{}")
	if err := New(path).Current(); err != nil {
		t.Errorf("made anew: %v", err)
	}
	f, err := Load(path)
	if err == nil {
		err = errors.Join(f.Current(), f.Set("", "m", "^1"), f.Save(), f.Current())
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "{ }")
	if changed, ok := errors.AsType[*ChangedError](f.Current()); !ok || changed.Path != path {
		t.Errorf("another wrote the file: %v", f.Current())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, changed := errors.AsType[*ChangedError](f.Current()); !changed {
		t.Error("the file went, and nothing was said")
	}
}

func TestNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "package.json")
	f := New(path)
	if err := f.Set("", "m", "^1"); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil || again.Manifest.Dependencies["m"] != "^1" {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadFolder(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of an empty folder: %v", err)
	}
	path := filepath.Join(dir, "package.json")
	write(t, path, "{half")
	if data, err := ReadFolder(dir); string(data) != "{half" || err != nil {
		t.Errorf("got %q, %v", data, err)
	}
	for size, refused := range map[int64]bool{MaxSize: false, MaxSize + 1: true} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if data, err := ReadFolder(dir); (err != nil) != refused || !refused && len(data) != MaxSize {
			t.Errorf("of %d bytes: %d read, %v", size, len(data), err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
