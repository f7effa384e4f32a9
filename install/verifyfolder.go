package install

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/tarball"
)

// checkFolder compares one package's folder with its tarball. What is on the
// disk is listed first, links as such, so that no file is looked for through a
// link in the place of a folder.
func (v *verifier) checkFolder(ctx context.Context, f folder) error {
	info, err := os.Lstat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.pkg.Optional:
		v.mu.Lock()
		defer v.mu.Unlock()
		v.out.Absent = append(v.out.Absent, f.loc)
		return nil
	case errors.Is(err, fs.ErrNotExist):
		v.note(f.target, "", Missing, "")
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		v.note(f.target, "", Changed, "is not a folder")
		return nil
	}
	found, err := f.list()
	if err != nil {
		return err
	}
	t, err := v.o.Fetcher.Tarball(ctx, f.loc, f.pkg)
	if err != nil {
		return err
	}
	shipped, err := v.compare(ctx, f, t.Data, found)
	if err != nil {
		return err
	}
	for at, want := range f.links {
		v.checkLinkText(f.target, at, filepath.Join(f.dir, filepath.FromSlash(at)), want)
	}
	v.noteExtra(f, found, shipped)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out.Packages++
	v.out.Files += len(shipped)
	return nil
}

// list collects everything but folders, by slash path.
func (f *folder) list() (map[string]fs.DirEntry, error) {
	found := map[string]fs.DirEntry{}
	err := filepath.WalkDir(f.dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || at == f.dir {
			return err
		}
		rel, err := filepath.Rel(f.dir, at)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch apart := f.apart(rel); {
		case e.IsDir() && apart:
			return filepath.SkipDir
		case !e.IsDir() && !apart:
			found[rel] = e
		}
		return nil
	})
	return found, err
}

// isApart says that a file's place belongs to another package, or to commands.
func (f *folder) isApart(file string) bool {
	if !strings.Contains(file, modules+"/") {
		return false
	}
	for at := path.Dir(file); at != "."; at = path.Dir(at) {
		if f.apart(at) {
			return true
		}
	}
	return false
}

// compare goes through the tarball and returns its files. One that comes twice
// counts as it comes last.
func (v *verifier) compare(ctx context.Context, f folder, data []byte, found map[string]fs.DirEntry) (map[string]bool, error) {
	problems := map[string]string{} // of the files that are there
	shipped := map[string]bool{}
	err := tarball.Walk(data, tarball.DefaultLimits(), func(e tarball.Entry, body io.Reader) error {
		if f.isApart(e.Path) {
			return nil
		}
		shipped[e.Path] = true
		if have := found[e.Path]; have != nil {
			problem, err := v.compareFile(f, e, body, have)
			if err != nil {
				return err
			}
			problems[e.Path] = problem
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	for file := range shipped {
		problem, there := problems[file]
		switch {
		case !there:
			v.note(f.target, file, Missing, "")
		case problem != "":
			v.note(f.target, file, Changed, problem)
		}
	}
	return shipped, nil
}

// compareFile says what is wrong with one file, "" when nothing is.
func (v *verifier) compareFile(f folder, want tarball.Entry, body io.Reader, have fs.DirEntry) (string, error) {
	if !have.Type().IsRegular() {
		return "is not a file", nil
	}
	info, err := have.Info()
	if err != nil {
		return "", err
	}
	command := v.commands[f.loc+"/"+want.Path]
	same, err := sameContent(filepath.Join(f.dir, filepath.FromSlash(want.Path)), info.Size(), want.Size, body, command)
	switch {
	case err != nil:
		return "", err
	case !same:
		return "another content", nil
	case want.Mode&0o111 != 0 && info.Mode()&0o100 == 0 && runtime.GOOS != "windows":
		return "not executable", nil
	}
	return "", nil
}

// sameContent compares a file with what it should hold. A command may have lost
// the carriage return of its first line, see [mendBin].
func sameContent(file string, have, want int64, body io.Reader, command bool) (bool, error) {
	if have != want && !(command && have == want-1) {
		return false, nil
	}
	in, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer in.Close()
	if !command {
		return sameBytes(in, body)
	}
	text, err := io.ReadAll(io.LimitReader(in, want+1))
	if err != nil {
		return false, err
	}
	original, err := io.ReadAll(body)
	return bytes.Equal(text, original) || bytes.Equal(text, mendShebang(original)), err
}

// sameBytes reads both to their end, or to where they differ.
func sameBytes(a, b io.Reader) (bool, error) {
	const window = 64 << 10
	x, y := make([]byte, window), make([]byte, window)
	for {
		n, err := readFull(a, x)
		if err != nil {
			return false, err
		}
		m, err := readFull(b, y)
		if err != nil || !bytes.Equal(x[:n], y[:m]) {
			return false, err
		}
		if n < window {
			return true, nil
		}
	}
}

// readFull fills a buffer as far as there is something to read.
func readFull(r io.Reader, into []byte) (int, error) {
	n, err := io.ReadFull(r, into)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// noteExtra notes what was found and not shipped: files one by one, but a
// package that is nested in this one as one thing.
func (v *verifier) noteExtra(f folder, found map[string]fs.DirEntry, shipped map[string]bool) {
	own := map[string]bool{}
	for file := range shipped {
		own[nestedIn(file)] = true
	}
	told := map[string]bool{}
	for file := range found {
		if shipped[file] {
			continue
		}
		at := nestedIn(file)
		if own[at] || at == "" {
			v.note(f.target, file, Extra, "")
		} else if !told[at] {
			told[at] = true
			v.noteAt(f.loc+"/"+at, "", Extra, "")
		}
	}
}

// nestedIn is the folder of the outermost package in which a file of a package
// lies: "node_modules/@s/b", "" for the package's own.
func nestedIn(file string) string {
	parts := strings.Split(file, "/")
	at := slices.Index(parts, modules)
	if at < 0 {
		return ""
	}
	end := at + 2
	if end < len(parts) && strings.HasPrefix(parts[at+1], "@") {
		end++
	}
	return strings.Join(parts[:min(end, len(parts))], "/")
}
