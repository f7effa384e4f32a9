package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestSet(t *testing.T) {
	for _, test := range []struct {
		before, key string
		values      []string
		after       string
	}{
		{"", "tag", []string{"x"}, "tag=x\n"},
		{"# mine\na = 1", "tag", []string{"x"}, "# mine\na = 1\ntag=x\n"},
		{"a=1\ntag = old ; why\nb=2\n", "tag", []string{"x"}, "a=1\ntag=x\nb=2\n"},
		{"tag=1\na=1\ntag=2\n", "tag", []string{"x"}, "tag=x\na=1\n"},
		{"omit[]=dev\nz=1\n", "omit", []string{"peer", "dev"}, "omit[]=peer\nomit[]=dev\nz=1\n"},
		{"a=1\r\n\r\n; c\r\n", "tag", []string{"x"}, "a=1\r\n\r\n; c\r\ntag=x\r\n"},
		{"a=1\n[s]\ntag=1\n", "tag", []string{"x"}, "a=1\ntag=x\n[s]\ntag=1\n"},
		{"", "//h.example/:_authToken", []string{"${T}"}, "//h.example/:_authToken=${T}\n"},
		{"", "//h.example/:_auth", []string{"eDp5=="}, "//h.example/:_auth=\"eDp5==\"\n"},
		{"", "save-prefix", []string{""}, "save-prefix=\n"},
		{"", "tag", []string{`a;b#c\d`}, "tag=a\\;b\\#c\\\\d\n"},
		{"tag=1\n", "tag", nil, ""},
	} {
		path := filepath.Join(t.TempDir(), "sub", ".npmrc")
		if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if test.before != "" {
			if err := os.WriteFile(path, []byte(test.before), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := Set(path, test.key, test.values...); err != nil {
			t.Errorf("%q: %v", test.before, err)
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != test.after {
			t.Errorf("%q:\n got %q, %v\nwant %q", test.before, got, err, test.after)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%q: mode %v, %v", test.before, info.Mode(), err)
		}
	}
}

func TestSetFollowsALink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "dotfiles"), filepath.Join(dir, ".npmrc")
	if err := os.WriteFile(real, []byte("a=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := Set(link, "tag", "x"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if got, _ := os.ReadFile(real); string(got) != "a=1\ntag=x\n" {
		t.Errorf("got %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".npmrc-*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

func TestSetRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".npmrc")
	if err := os.WriteFile(path, []byte("=broken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Set(path, "tag", "x")
	if syntax, ok := errors.AsType[*SyntaxError](err); !ok || syntax.File != path {
		t.Errorf("a broken file: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "=broken\n" {
		t.Errorf("it was changed to %q", got)
	}
	if _, ok := errors.AsType[*KeyError](Set(path, "tga", "x")); !ok {
		t.Error("an unknown key was set")
	}
}

func TestDeleteUnknownKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".npmrc")
	if err := os.WriteFile(path, []byte("junk=1\na=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Delete(path, "junk"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "a=1\n" {
		t.Errorf("got %q", got)
	}
}
