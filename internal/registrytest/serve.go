package registrytest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// splitPath takes "/@s%2fname", "/@s/name" or "/name/-/file.tgz" apart; file
// is empty for a document.
func splitPath(escaped string) (name, file string) {
	doc, file, _ := strings.Cut(strings.TrimPrefix(escaped, "/"), "/-/")
	name, err := url.PathUnescape(doc)
	if err != nil {
		return "", ""
	}
	return name, file
}

// serve answers for the packages that were added.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	name, file := splitPath(r.URL.EscapedPath())
	s.mu.Lock()
	p, recording, cacheControl := s.packages[name], s.recording, s.cacheControl
	var body []byte
	switch {
	case s.key != nil && r.URL.Path == "/-/npm/v1/keys":
		_, _ = w.Write(s.key.Answer())
		s.mu.Unlock()
		return
	case s.advisories != nil && r.URL.Path == advisoriesPath:
		answerAdvisories(w, r, s.advisories)
		s.mu.Unlock()
		return
	case r.URL.Path == "/-/ping":
		_, _ = w.Write([]byte("{}"))
		s.mu.Unlock()
		return
	case r.URL.Path == "/-/whoami" && s.auth != "":
		_, _ = w.Write([]byte(`{"username":"tester"}`)) // whoever may ask at all
		s.mu.Unlock()
		return
	case r.URL.Path == searchPath:
		_, _ = w.Write(s.search(r.URL.Query().Get("text")))
		s.mu.Unlock()
		return
	case p == nil:
	case file != "":
		body = p.tarball(file)
	default:
		body = p.document(s.URL, !strings.Contains(r.Header.Get("Accept"), abbreviated))
	}
	s.mu.Unlock()
	switch {
	case p == nil && recording != nil:
		w.Header().Set("Cache-Control", cacheControl)
		recording.ServeHTTP(w, r)
	case body == nil:
		http.Error(w, `{"error":"Not found"}`, http.StatusNotFound)
	case file != "":
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	default:
		w.Header().Set("Cache-Control", cacheControl)
		serveDocument(w, r, body, nil)
	}
}

// abbreviated is the media type of npm's short documents.
const abbreviated = "application/vnd.npm.install-v1+json"

// serveDocument sends a document, compressed where that is asked for; zipped
// is its compressed form when the caller has it.
func serveDocument(w http.ResponseWriter, r *http.Request, body, zipped []byte) {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Vary", "accept-encoding, accept")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		if zipped == nil {
			zipped = compress(body)
		}
		body = zipped
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func compress(body []byte) []byte {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	_, _ = zw.Write(body)
	_ = zw.Close()
	return buf.Bytes()
}

func (p *pkg) tarball(file string) []byte {
	for _, v := range p.versions {
		if v.File == file {
			return v.Data
		}
	}
	return nil
}

// document makes the package document, full or abbreviated.
func (p *pkg) document(base string, full bool) []byte {
	versions, times := make(map[string]any), make(map[string]any)
	for number, v := range p.versions {
		versions[number] = v.metadata(base, full)
		times[number] = v.meta.Time
	}
	doc := map[string]any{"name": p.name, "dist-tags": p.distTags(), "versions": versions}
	if full {
		doc["_id"], doc["time"], doc["readme"] = p.name, times, "# "+p.name
	}
	body, err := json.Marshal(doc)
	if err != nil {
		panic(err) // it came from JSON
	}
	return body
}

// abbreviatedFields are what npm keeps of a package.json in short documents
// (npm/registry, docs/responses/package-metadata.md).
const abbreviatedFields = " name version dependencies optionalDependencies devDependencies bundleDependencies bundledDependencies " +
	"peerDependencies peerDependenciesMeta acceptDependencies bin directories engines os cpu libc funding "

func (v *version) metadata(base string, full bool) map[string]any {
	m := make(map[string]any)
	for k, value := range v.manifest {
		if full || strings.Contains(abbreviatedFields, " "+k+" ") {
			m[k] = value
		}
	}
	if v.hasInstallScript() {
		m["hasInstallScript"] = true
	}
	if v.meta.Deprecated != nil {
		m["deprecated"] = v.meta.Deprecated
	}
	dist := map[string]any{
		"integrity": v.Integrity, "shasum": v.Shasum, "tarball": v.address(base),
	}
	override(dist, v.meta.Dist)
	m["dist"] = dist
	override(m, v.meta.Fields)
	return m
}

// address is where the document says that the tarball is.
func (v *version) address(base string) string {
	if u, err := url.Parse(base); err == nil && v.meta.TarballHost != "" {
		u.Host = v.meta.TarballHost + ":" + u.Port()
		base = u.String()
	}
	return strings.TrimSuffix(base, "/") + v.Path
}

func (v *version) hasInstallScript() bool {
	scripts, _ := v.manifest["scripts"].(map[string]any)
	for _, name := range []string{"preinstall", "install", "postinstall"} {
		if scripts[name] != nil {
			return true
		}
	}
	return false
}

func override(m, with map[string]any) {
	maps.Copy(m, with)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
}

const advisoriesPath = "/-/npm/v1/security/advisories/bulk"

// answerAdvisories is npm's bulk endpoint: of all advisories those of the names
// that were sent. As npm's it wants a POST.
func answerAdvisories(w http.ResponseWriter, r *http.Request, all map[string]json.RawMessage) {
	var asked map[string][]string
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		zip, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = zip
	}
	if err := json.NewDecoder(body).Decode(&asked); r.Method != http.MethodPost || err != nil {
		http.Error(w, "want names and versions by POST", http.StatusBadRequest)
		return
	}
	found := map[string]json.RawMessage{}
	for name := range asked {
		if list, ok := all[name]; ok {
			found[name] = list
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(found)
}
