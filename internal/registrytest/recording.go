package registrytest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/ipnpm/ipnpm/tarball"
)

// Recording is a registry of recorded documents that are kept without their
// tarballs. Those are made up when they are asked for: the manifest of the
// version, a stub for each command, and the packages that it bundles when the
// version says them in "_bundled" (location in the package → manifest). They
// are the same in every run, so that dist can have their digests. Safe for
// concurrent use.
type Recording struct {
	packages map[string]*recordedPackage
}

type recordedPackage struct {
	once     sync.Once
	line     []byte
	document []byte
	tarballs map[string][]byte // by file name
	err      error
}

// largestDocument bounds a line of a recording.
const largestDocument = 64 << 20

// OpenRecording reads a file of one package document a line, compressed with
// zstd.
func OpenRecording(file string) (*Recording, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := zstd.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	defer unzipped.Close()
	r := &Recording{packages: make(map[string]*recordedPackage)}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, largestDocument)
	for lines.Scan() {
		var doc struct{ Name string }
		if err := json.Unmarshal(lines.Bytes(), &doc); err != nil {
			return nil, fmt.Errorf("%s: document %d: %w", file, len(r.packages)+1, err)
		}
		r.packages[doc.Name] = &recordedPackage{line: append([]byte(nil), lines.Bytes()...)}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// Names lists what was recorded, in no order.
func (r *Recording) Names() []string {
	names := make([]string, 0, len(r.packages))
	for name := range r.packages {
		names = append(names, name)
	}
	return names
}

// Document is a package's document as it was recorded, nil when there is none.
func (r *Recording) Document(name string) []byte {
	if p := r.packages[name]; p != nil {
		return p.line
	}
	return nil
}

// ServeRecording lets the server answer from a recording for the packages
// that nobody added to it.
func (s *Server) ServeRecording(r *Recording) { s.locked(func() { s.recording = r }) }

// ServeHTTP implements [http.Handler].
func (r *Recording) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	name, file := splitPath(req.URL.EscapedPath())
	p := r.packages[name]
	if p == nil {
		http.Error(w, `{"error":"Not found"}`, http.StatusNotFound)
		return
	}
	p.once.Do(func() { p.err = p.complete() })
	switch data := p.tarballs[file]; {
	case p.err != nil:
		http.Error(w, p.err.Error(), http.StatusInternalServerError)
	case file == "":
		serveDocument(w, req, absolute(p.document, origin(req)+"/"+name+"/-/"), nil)
	case data == nil:
		http.Error(w, `{"error":"Not found"}`, http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(data)
	}
}

// complete makes the tarballs of all versions and puts their digests into the
// document. What it does not change stays as it was recorded, its order too.
func (p *recordedPackage) complete() error {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(p.line, &doc); err != nil {
		return err
	}
	var versions map[string]map[string]json.RawMessage
	if err := json.Unmarshal(doc["versions"], &versions); err != nil {
		return err
	}
	p.tarballs = make(map[string][]byte, len(versions))
	for number, v := range versions {
		data, err := recordedTarball(v)
		if err != nil {
			return fmt.Errorf("version %s: %w", number, err)
		}
		var name string
		if err := json.Unmarshal(v["name"], &name); err != nil {
			return fmt.Errorf("version %s: %w", number, err)
		}
		file := path.Base(name) + "-" + number + ".tgz"
		p.tarballs[file] = data
		delete(v, "_bundled")
		if v["dist"], err = json.Marshal(map[string]string{
			"tarball": file, "integrity": tarball.Sum512(data), "shasum": sum1(data),
		}); err != nil {
			return err
		}
	}
	var err error
	if doc["versions"], err = json.Marshal(versions); err != nil {
		return err
	}
	p.document, err = json.Marshal(doc)
	return err
}

// notPacked are the fields of a recorded version that its package.json never
// had.
const notPacked = " dist deprecated hasInstallScript _hasShrinkwrap _bundled "

func recordedTarball(version map[string]json.RawMessage) ([]byte, error) {
	m := make(map[string]any, len(version))
	for key, raw := range version {
		if strings.Contains(notPacked, " "+key+" ") {
			continue
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, err
		}
		m[key] = value
	}
	files, err := stubFiles(fmt.Sprint(m["name"], "@", m["version"]), m)
	if err != nil {
		return nil, err
	}
	var bundled map[string]map[string]any
	if raw, ok := version["_bundled"]; ok {
		if err := json.Unmarshal(raw, &bundled); err != nil {
			return nil, err
		}
	}
	for location, inner := range bundled {
		innerFiles, err := stubFiles(fmt.Sprint(inner["name"], "@", inner["version"]), inner)
		if err != nil {
			return nil, err
		}
		for name, text := range innerFiles {
			files[path.Join(location, name)] = text
		}
	}
	return pack(files)
}
