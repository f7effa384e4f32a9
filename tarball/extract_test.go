package tarball

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unpack extracts data and returns the files below dst as "mode path=content".
func unpack(t *testing.T, data []byte, limits Limits) ([]string, error) {
	t.Helper()
	parent := t.TempDir()
	dst := filepath.Join(parent, "dst")
	if err := os.Mkdir(dst, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := Extract(t.Context(), data, dst, limits)
	sameFlat(t, data, dst, limits, entries, err)
	if outside, _ := os.ReadDir(parent); len(outside) != 1 {
		t.Fatalf("written outside of dst: %v", outside)
	}
	if err != nil {
		return nil, err
	}
	files := list(t, dst)
	if len(files) != len(entries) {
		t.Fatalf("%d entries for %d files: %v, %v", len(entries), len(files), entries, files)
	}
	for _, e := range entries {
		info, err := os.Lstat(filepath.Join(dst, filepath.FromSlash(e.Path)))
		if err != nil || info.Size() != e.Size || info.Mode() != e.Mode {
			t.Fatalf("entry %+v is on disk %v (%v)", e, info, err)
		}
	}
	return files, nil
}

// sameFlat holds a flat Extraction, which keeps one of the files, to what Extract did
// with the same data.
func sameFlat(t *testing.T, data []byte, dst string, limits Limits, entries []Entry, err error) {
	t.Helper()
	flat := t.TempDir()
	manner := Extraction{Limits: limits, Flat: true, KeepSize: 100}
	if len(entries) > 0 {
		manner.Keep = entries[len(entries)/2].Path
	}
	got, kept, flatErr := manner.Into(t.Context(), data, flat)
	if (flatErr == nil) != (err == nil) || err == nil && !slices.Equal(got, entries) {
		t.Fatalf("flat: %v, %v; else %v, %v", got, flatErr, entries, err)
	}
	for i, e := range got {
		file := filepath.Join(flat, filepath.FromSlash(FlatName(i)))
		info, err := os.Lstat(file)
		if err != nil || info.Mode() != e.Mode {
			t.Fatalf("flat entry %d, %+v, is on disk %v (%v)", i, e, info, err)
		}
		if e.Path != manner.Keep {
			continue
		}
		text, err := os.ReadFile(file)
		if e.Size > manner.KeepSize {
			text = nil
		}
		if err != nil || !bytes.Equal(text, kept) {
			t.Fatalf("of %s %q was kept, want %q (%v)", e.Path, kept, text, err)
		}
		have, _ := os.ReadFile(file)
		want, err := os.ReadFile(filepath.Join(dst, filepath.FromSlash(e.Path)))
		if err != nil || !bytes.Equal(have, want) {
			t.Fatalf("flat entry %d is another file than %s (%v)", i, e.Path, err)
		}
	}
	if all := list(t, flat); flatErr == nil && len(all) != len(got) {
		t.Fatalf("flat: %d files of %d entries: %v", len(all), len(got), all)
	}
}

func list(t *testing.T, dst string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dst, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			t.Fatalf("%s is no regular file", p)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dst, p)
		files = append(files, fmt.Sprintf("%o %s=%.20s", info.Mode(), filepath.ToSlash(rel), data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestExtract(t *testing.T) {
	long := strings.Repeat("long/", 40) + "name.js"
	for _, tt := range []struct {
		name string
		data []byte
		want string // files separated by blanks
	}{
		{"plain package", tgz(t, item{name: "package/package.json", body: "{}"}, item{name: "package/lib/a.js", body: "a"}),
			"644 lib/a.js=a 644 package.json={}"},
		{"not compressed", plain(t, item{name: "package/a", body: "a"}), "644 a=a"},
		{"any name for the top folder", tgz(t, item{name: "lodash-4.0/a", body: "1"}, item{name: "x/b", body: "2"}), "644 a=1 644 b=2"},
		{"dot as the top folder", tgz(t, item{name: "./a", body: "1"}, item{name: "./", flag: tar5}), "644 a=1"},
		{"no top folder", tgz(t, item{name: "a", body: "1"}, item{name: "p/b", body: "2"}), "644 b=2"},
		{"unclean names", tgz(t, item{name: "package//a", body: "1"}, item{name: "package/./x//b", body: "2"}), "644 a=1 644 x/b=2"},
		{"execute bits", tgz(t, item{name: "p/a", mode: 0o755}, item{name: "p/b", mode: 0o100}, item{name: "p/c", mode: 0o666}, item{name: "p/d", mode: 0o4000}),
			"755 a= 755 b= 644 c= 644 d="},
		{"links are dropped", tgz(t, item{name: "p/s", flag: '2', link: "/etc/passwd"}, item{name: "p/h", flag: '1', link: "p/a"}, item{name: "p/a", body: "1"}), "644 a=1"},
		{"a file below a link's name", tgz(t, item{name: "p/s", flag: '2', link: "/tmp"}, item{name: "p/s/a", body: "1"}), "644 s/a=1"},
		{"folders only as needed", tgz(t, item{name: "p/empty/", flag: tar5}, item{name: "p/d/", flag: tar5}, item{name: "p/d/a"}), "644 d/a="},
		{"the last of equal names", tgz(t, item{name: "p/a", body: "old and long", mode: 0o755}, item{name: "p/b"}, item{name: "q/a", body: "new"}), "644 a=new 644 b="},
		{"PAX name", tgz(t, item{name: "p/" + long, body: "x"}), "644 " + long + "=x"},
		{"GNU name", tgz(t, item{name: "p/" + long, body: "x", gnu: true}), "644 " + long + "=x"},
		{"ustar prefix", tgz(t, item{name: "p/" + strings.Repeat("d/", 60) + "f", body: "x"}), "644 " + strings.Repeat("d/", 60) + "f=x"},
		{"not ASCII", tgz(t, item{name: "p/größe.txt", body: "x"}), "644 größe.txt=x"},
		{"not UTF-8", zip(t, rawHeader("p/gr\xf6\xdfe", '0', "0")), "644 gr\uFFFDe="},
		{"backslash that is a letter", tgz(t, item{name: `p/a\b`, body: "x"}), `644 a\b=x`},
		{"name with dots", tgz(t, item{name: "p/..a..b", body: "x"}, item{name: "p/...", body: "y"}), "644 ...=y 644 ..a..b=x"},
		{"gitignore", tgz(t, item{name: "p/.gitignore", body: "g"}, item{name: "p/d/.npmignore", body: "n"}, item{name: "p/d/.gitignore", body: "g"}),
			"644 .npmignore=g 644 d/.npmignore=n"},
		{"gitignore before npmignore", tgz(t, item{name: "p/.gitignore", body: "g"}, item{name: "p/.npmignore", body: "n"}), "644 .npmignore=n"},
		{"members", append(zip(t, plain(t, item{name: "p/a", body: "1"})[:1024]), zip(t, plain(t, item{name: "p/b", body: "2"}))...), "644 a=1 644 b=2"},
		{"garbage behind gzip", append(tgz(t, item{name: "p/a", body: "1"}), "garbage"...), "644 a=1"},
		{"zeros behind gzip", append(tgz(t, item{name: "p/a", body: "1"}), make([]byte, 600)...), "644 a=1"},
		{"garbage behind the end marker", zip(t, append(plain(t, item{name: "p/a", body: "1"}), bytes.Repeat([]byte("x"), 5000)...)), "644 a=1"},
		{"no end marker", zip(t, plain(t, item{name: "p/a", body: "1"})[:1024]), "644 a=1"},
		{"one zero block in between", zip(t, append(append(plain(t, item{name: "p/a"})[:512], make([]byte, 512)...), plain(t, item{name: "p/b"})...)), "644 a= 644 b="},
		{"global header", tgz(t, item{name: "pax_global_header", flag: 'g', pax: map[string]string{"comment": "c"}}, item{name: "p/a"}), "644 a="},
		{"folder by a trailing slash", zip(t, append(rawHeader("p/d/", '0', "0"), rawHeader("p/d/a", 0, "")...)), "644 d/a="},
		{"folder with a size but no contents", zip(t, append(rawHeader("p/d", '5', "00000001000"), rawHeader("p/a", '0', "0")...)), "644 a="},
		{"unknown kind is skipped with its contents", zip(t, append(append(rawHeader("p/v", 'V', "00000001000"), rawHeader("p/no", '0', "0")...), rawHeader("p/a", '0', "0")...)), "644 a="},
		{"empty archive", zip(t, make([]byte, 1024)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := unpack(t, tt.data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Fatalf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

const tar5 = '5'

// TestExtractMany has more files than a folder of a flat package, and writes
// some again.
func TestExtractMany(t *testing.T) {
	items := make([]item, 0, 3*flatFolder)
	for i := range 2*flatFolder + 5 {
		items = append(items, item{name: fmt.Sprintf("p/d%d/f%d", i%7, i), body: strconv.Itoa(i)})
	}
	for _, i := range []int{0, flatFolder - 1, flatFolder, 2 * flatFolder} {
		items = append(items, item{name: items[i].name, body: "again", mode: 0o755})
	}
	files, err := unpack(t, tgz(t, items...), Limits{})
	if err != nil || len(files) != 2*flatFolder+5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if again := slices.DeleteFunc(files, func(f string) bool { return !strings.HasSuffix(f, "=again") }); len(again) != 4 {
		t.Errorf("written again: %v", again)
	}
}

func TestExtractRefusesPaths(t *testing.T) {
	for _, tt := range []struct{ name, path, want string }{
		{"..", "package/../../evil", `".."`},
		{".. as the top folder", "../evil", `".."`},
		{".. that stays inside", "package/a/../b", `".."`},
		{".. at the end", "package/..", `".."`},
		{".. by backslashes", `package\..\..\evil`, `".."`},
		{".. by both", `package/..\evil`, `".."`},
		{"absolute", "/etc/evil", "absolute"},
		{"absolute by a backslash", `\evil`, "absolute"},
		{"UNC", `\\host\share\evil`, "absolute"},
		{"drive letter", "C:/evil", "absolute"},
		{"drive letter below the top", "package/c:evil", "drive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpack(t, tgz(t, item{name: tt.path, body: "x"}), Limits{})
			var bad *PathError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) || bad.Path != tt.path {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func TestExtractRefusesCollisions(t *testing.T) {
	for _, tt := range []struct{ name, a, b string }{
		{"case of a file", "p/README.md", "p/readme.md"},
		{"case of a folder", "p/Lib/a", "p/lib/b"},
		{"case beyond ASCII", "p/Ä", "p/ä"},
		{"file and folder", "p/a", "p/a/b"},
		{"folder and file", "p/a/b", "p/a"},
		{"file and folder by case", "p/A", "p/a/b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpack(t, tgz(t, item{name: tt.a}, item{name: tt.b}), Limits{})
			var bad *PathError
			if !errors.As(err, &bad) || bad.Other == "" || bad.Path == "" {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func TestExtractRefusesDevices(t *testing.T) {
	for _, flag := range []byte{'3', '4', '6'} {
		_, err := unpack(t, tgz(t, item{name: "p/dev", flag: flag}), Limits{})
		var bad *PathError
		if !errors.As(err, &bad) {
			t.Errorf("kind %c: %v", flag, err)
		}
	}
}

func TestExtractRefusesDamage(t *testing.T) {
	whole := tgz(t, item{name: "p/a", body: strings.Repeat("0123456789", 2000)}, item{name: "p/b"})
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	badSum := plain(t, item{name: "p/a"}, item{name: "p/b"})
	badSum[512] = 'q'
	for _, tt := range []struct {
		name      string
		data      []byte
		truncated bool
	}{
		{"nothing", nil, false},
		{"text", []byte(strings.Repeat("not a tarball ", 100)), false},
		{"half a header", whole[:5], true},
		{"half", whole[:len(whole)/2], true},
		{"without its checksum", whole[:len(whole)-8], true},
		{"one byte short", whole[:len(whole)-1], true},
		{"wrong checksum", flipped, false},
		{"gzip of text", zip(t, []byte("hello")), false},
		{"gzip of nothing", zip(t, nil), false},
		{"broken second member", append(bytes.Clone(whole), 0x1f, 0x8b, 8), true},
		{"contents cut off", zip(t, plain(t, item{name: "p/a", body: "12345"})[:514]), true},
		{"wrong header checksum", zip(t, badSum), false},
		{"size that is no number", zip(t, rawHeader("p/a", '0', "12x")), false},
		{"negative size", zip(t, rawHeader("p/a", '0', "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")), false},
		{"PAX size that is no number", zip(t, append(paxEntry("14 size=-1234\n"), rawHeader("p/a", '0', "0")...)), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpack(t, tt.data, Limits{})
			var bad *FormatError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v", err)
			}
			if errors.Is(err, io.ErrUnexpectedEOF) != tt.truncated {
				t.Fatalf("truncated: %v, error %v", tt.truncated, err)
			}
		})
	}
}

// paxEntry makes an extended header block with its contents.
func paxEntry(records string) []byte {
	return append(rawHeader("PaxHeader", 'x', fmt.Sprintf("%011o", len(records))),
		append([]byte(records), make([]byte, blockSize-len(records))...)...)
}

func TestPaxRecords(t *testing.T) {
	for _, tt := range []struct{ name, records, want string }{
		{"path", "14 path=p/new\n", "new"},
		{"value with an equals sign", "14 path=p/a=b\n", "a=b"},
		{"value with a line break", "14 path=p/a\nb\n", "a\nb"},
		{"malformed ones are passed over", "99 path=p/x\nnonsense\n14 path=p/new\n", "new"},
		{"NUL ends a path", "14 path=p/x\x00y\n", "x"},
		{"empty path is none", "8 path=\n", "old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := append(paxEntry(tt.records), rawHeader("p/old", '0', "0")...)
			var got []string
			err := Walk(data, Limits{}, func(e Entry, _ io.Reader) error {
				got = append(got, e.Path)
				return nil
			})
			if err != nil || len(got) != 1 || got[0] != tt.want {
				t.Fatalf("got %q, %v", got, err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	zeros := string(make([]byte, 8<<20))
	many := make([]item, 20)
	for i := range many {
		many[i].name = fmt.Sprintf("p/%d", i)
	}
	huge := append(rawHeader("p/a", '0', "77777777777"), "x"...)
	for _, tt := range []struct {
		name   string
		data   []byte
		limits Limits
		what   string
	}{
		{"unpacked", tgz(t, item{name: "p/a", body: zeros}), Limits{Unpacked: 1 << 20}, "unpacked bytes"},
		{"announced", zip(t, huge), Limits{Unpacked: 1 << 20}, "unpacked bytes"},
		{"ratio", tgz(t, item{name: "p/a", body: zeros}), Limits{Ratio: 100}, "compression ratio"},
		{"ratio behind the end marker", zip(t, append(plain(t, item{name: "p/a"}), zeros...)), Limits{Ratio: 100}, "compression ratio"},
		{"ratio of what is skipped", tgz(t, item{name: "p/a/", flag: 'V', body: zeros}), Limits{Ratio: 100}, "compression ratio"},
		{"files", tgz(t, many...), Limits{Files: 19}, "entries"},
		{"path", tgz(t, item{name: "p/" + strings.Repeat("x", 300)}), Limits{Path: 301}, "path length"},
		{"meta", zip(t, rawHeader("x", 'x', "00100000000")), Limits{}, "header bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpack(t, tt.data, tt.limits)
			var over *LimitError
			if !errors.As(err, &over) || over.What != tt.what {
				t.Fatalf("error %v", err)
			}
		})
	}
}

// Files larger than the window arrive whole, whatever their alignment.
func TestLargeFiles(t *testing.T) {
	var items []item
	for _, n := range []int{windowSize - 1, windowSize, windowSize + 1, 3*windowSize + 17, 0, 511, 512, 513} {
		body := make([]byte, n)
		for i := range body {
			body[i] = byte(i * 7 / 3)
		}
		items = append(items, item{name: fmt.Sprintf("p/%d", n), body: string(body)})
	}
	dst := t.TempDir()
	if _, err := Extract(t.Context(), tgz(t, items...), dst, Limits{}); err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		got, err := os.ReadFile(filepath.Join(dst, it.name[2:]))
		if err != nil || string(got) != it.body {
			t.Errorf("%s: %v, %d bytes", it.name, err, len(got))
		}
	}
}

func TestExtractStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Extract(ctx, tgz(t, item{name: "p/a"}), t.TempDir(), Limits{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

func TestWalk(t *testing.T) {
	data := tgz(t, item{name: "p/a", body: "first"}, item{name: "p/b", body: "second"}, item{name: "p/c", body: "third"})
	var got []string
	err := Walk(data, Limits{}, func(e Entry, r io.Reader) error {
		if e.Path == "b" { // reading a part or nothing is fine
			_, err := io.ReadFull(r, make([]byte, 2))
			return err
		}
		text, err := io.ReadAll(r)
		got = append(got, e.Path+"="+string(text))
		return err
	})
	if err != nil || strings.Join(got, " ") != "a=first c=third" {
		t.Fatalf("%v, %v", got, err)
	}
	stop := errors.New("stop")
	if err := Walk(data, Limits{}, func(Entry, io.Reader) error { return stop }); err != stop {
		t.Fatalf("error %v", err)
	}
}

func TestManifest(t *testing.T) {
	got, err := Manifest(tgz(t, item{name: "p/x/package.json", body: "no"}, item{name: "p/package.json", body: "old"}, item{name: "p/package.json", body: "{}"}))
	if err != nil || string(got) != "{}" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Manifest(tgz(t, item{name: "p/x/package.json"})); !errors.Is(err, ErrNoManifest) {
		t.Errorf("error %v", err)
	}
	if got, err := Manifest(tgz(t, item{name: "p/package.json"})); err != nil || len(got) != 0 {
		t.Errorf("empty manifest: %q, %v", got, err)
	}
}
