package tarball

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"
)

// File is one file to pack.
type File struct {
	// Path is slash-separated and relative to the package's folder.
	Path string
	// Mode counts only by its execute bits: 0755 when there is one, or 0644.
	Mode fs.FileMode
	Data []byte
}

// packTime is the modification time that npm gives to everything it packs:
// late enough for the ZIP format.
func packTime() time.Time {
	return time.Date(1985, time.October, 26, 8, 15, 0, 0, time.UTC)
}

// Pack makes a .tgz as npm does: all files below "package/", no owner, a
// fixed time. The bytes depend on nothing but paths, execute bits and
// contents: files are sorted by path, and the compressor is the module's own
// and not the toolchain's. Unsafe, duplicate or case-colliding paths are a
// *[PathError].
func Pack(files []File) ([]byte, error) {
	var out bytes.Buffer
	zw, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	// This writes 0, "no time"; the zero time.Time would write a time.
	zw.ModTime = time.Unix(0, 0)
	if err := archive(zw, files); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}

// Archive is Pack without the compression, for what does not leave the machine.
// All that reads tarballs reads it too.
func Archive(files []File) ([]byte, error) {
	var out bytes.Buffer
	if err := archive(&out, files); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// archive writes the tar archive of the files.
func archive(out io.Writer, files []File) error {
	files, err := checkFiles(files)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(out)
	for _, f := range files {
		if err := packFile(tw, f); err != nil {
			return fmt.Errorf("pack %s: %w", f.Path, err)
		}
	}
	if err := tw.Close(); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}

// checkFiles returns the files sorted, when all their paths can be unpacked
// again.
func checkFiles(files []File) ([]File, error) {
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int {
		return cmp.Compare(a.Path, b.Path)
	})
	seen := newNames()
	for i, f := range files {
		p, err := safePath("package/"+f.Path, DefaultLimits())
		if err != nil {
			return nil, err
		}
		if p == "" || p != f.Path {
			return nil, &PathError{Path: f.Path, Msg: "is not a clean relative path"}
		}
		if number, _, err := seen.add(p, i); err != nil {
			return nil, err
		} else if number != i {
			return nil, &PathError{Path: f.Path, Other: f.Path, Msg: "are the same path"}
		}
	}
	return files, nil
}

func packFile(tw *tar.Writer, f File) error {
	mode := int64(0o644)
	if f.Mode&0o111 != 0 {
		mode = 0o755
	}
	err := tw.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg,
		Name:     "package/" + f.Path,
		Mode:     mode,
		Size:     int64(len(f.Data)),
		ModTime:  packTime(),
	})
	if err != nil {
		return err
	}
	_, err = tw.Write(f.Data)
	return err
}

// PackDir packs the files below dir but for those in node_modules and .git
// folders. Links and other special files are left out, as npm does.
func PackDir(dir string) ([]byte, error) {
	var files []File
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != dir && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !d.Type().IsRegular() {
			return nil
		}
		f, err := loadFile(dir, p, d)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", dir, err)
	}
	return Pack(files)
}

func loadFile(dir, p string, d fs.DirEntry) (File, error) {
	info, err := d.Info()
	if err != nil {
		return File{}, err
	}
	rel, err := filepath.Rel(dir, p)
	if err != nil {
		return File{}, err
	}
	data, err := os.ReadFile(p)
	if err != nil {
		return File{}, err
	}
	return File{Path: filepath.ToSlash(rel), Mode: info.Mode(), Data: data}, nil
}
