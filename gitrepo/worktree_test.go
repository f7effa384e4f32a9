package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWorkTree(t *testing.T) {
	r := newRepository(t)
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, w := t.Context(), WorkTree{Dir: filepath.Join(r.dir, "sub"), Env: testEnv(t)}
	for _, name := range [...]string{"top", "sub/a", "sub/deep/ä b", "sub/same"} {
		write(name, "1")
	}
	write(".gitignore", "ignored\n")
	if _, err := w.LastTag(ctx); err == nil {
		t.Error("a tag before the first commit")
	}
	r.git("add", ".")
	r.git("commit", "-qm", "one")
	if clean, err := w.IsClean(ctx); !clean || err != nil {
		t.Errorf("clean: %v, %v", clean, err)
	}
	for _, name := range [...]string{"top", "sub/a", "sub/deep/ä b", "sub/new", "sub/ignored"} {
		write(name, "2")
	}
	if clean, err := w.IsClean(ctx); clean || err != nil {
		t.Errorf("not clean: %v, %v", clean, err)
	}
	files, err := w.Changed(ctx, "HEAD")
	if slices.Sort(files); err != nil || strings.Join(files, "|") != "a|deep/ä b|new" {
		t.Errorf("changed: %q, %v", files, err)
	}
	if err := w.Add(ctx, filepath.Join(r.dir, "sub", "a")); err != nil {
		t.Fatal(err)
	}
	release := Release{Message: "v1.0.0 of it"}
	if err := errors.Join(w.Commit(ctx, release), w.Tag(ctx, "v1.0.0", release)); err != nil {
		t.Fatal(err)
	}
	if tag, err := w.LastTag(ctx); tag != "v1.0.0" || err != nil {
		t.Errorf("last tag: %q, %v", tag, err)
	}
	if said := r.git("log", "-1", "--format=%s", "--name-only"); !strings.Contains(said, "v1.0.0 of it\n\nsub/a") {
		t.Errorf("committed %q", said)
	}
	if err := w.Tag(ctx, "v1.0.0", release); err == nil {
		t.Error("the same tag twice")
	}
	release.Again = true
	if err := errors.Join(w.Commit(ctx, release), w.Tag(ctx, "v1.0.0", release)); err != nil {
		t.Error(err)
	}
}

func TestWorkTreeErrors(t *testing.T) {
	w := WorkTree{Dir: t.TempDir(), Env: testEnv(t)}
	var failed *WorkTreeError
	_, err := w.Changed(t.Context(), "--output=/tmp/x")
	if !errors.As(err, &failed) || failed.Output == "" || failed.Code() != "" || failed.Hint() == "" {
		t.Errorf("no repository: %v", err)
	}
	w.Command = filepath.Join(w.Dir, "no-git")
	if _, err = w.IsClean(t.Context()); !errors.As(err, &failed) {
		t.Errorf("no git: %v", err)
	}
}
