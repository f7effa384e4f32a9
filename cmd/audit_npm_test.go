package cmd

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// posted is a request to the registry that has a body, which is shown without
// its compression.
type posted struct{ Method, Path, Type, Encoding, Accept, Body string }

// postRecorder passes requests on to a registry, and keeps those with a body.
type postRecorder struct {
	registry http.Handler
	mu       sync.Mutex
	posts    []posted
}

func (p *postRecorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		p.registry.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if zip, zipErr := gzip.NewReader(bytes.NewReader(body)); err == nil && zipErr == nil {
		body, err = io.ReadAll(zip)
	}
	if err != nil {
		body = []byte(err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	h := r.Header
	p.posts = append(p.posts, posted{r.Method, r.URL.RequestURI(), h.Get("Content-Type"), h.Get("Content-Encoding"), h.Get("Accept"), string(body)})
	_, _ = io.WriteString(w, "{}")
}

// TestAuditRequestAsNPM compares what audit asks a registry with what npm does:
// method, address, headers and each byte of the body.
func TestAuditRequestAsNPM(t *testing.T) {
	server := registrytest.New(t)
	server.AddLines(`
b@1.0.0 {"dependencies": {"a": "1.0.0", "@s/c": "1"}}
a@1.0.0
a@1.1.0
@s/c@1.0.0 {"dependencies": {"a": "1.1.0"}}
dev@1.0.0`)
	recorder := &postRecorder{registry: server}
	listener := httptest.NewServer(recorder)
	t.Cleanup(listener.Close)
	dir := t.TempDir()
	manifest := `{"name":"p","version":"1.0.0","dependencies":{"b":"1","a":"1.1.0","alias":"npm:a@1.0.0"},"devDependencies":{"dev":"1"}}`
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + t.TempDir(), "NO_COLOR=1", "npm_config_registry=" + listener.URL, "npm_config_update_notifier=false",
		"npm_config_replace_registry_host=always",
		"PATH=" + filepath.Dir(npmoracle.Node(t)) + string(os.PathListSeparator) + os.Getenv("PATH")}
	ours := func(args string) {
		var out bytes.Buffer
		if code := Main(t.Context(), Streams{Out: &out, Err: &out, Env: env, Dir: dir}, strings.Fields(args)); code != 0 {
			t.Fatalf("%s: %d\n%s", args, code, out.String())
		}
	}
	ours("install")
	ours("export")
	for _, args := range []string{"audit", "audit --omit=dev"} {
		recorder.posts = nil
		npm := exec.CommandContext(t.Context(), npmoracle.Node(t), append([]string{filepath.Join(npmoracle.NPM(t), "bin", "npm-cli.js")}, strings.Fields(args)...)...)
		npm.Dir, npm.Env = dir, env
		if out, err := npm.CombinedOutput(); err != nil {
			t.Fatalf("npm %s: %v\n%s", args, err, out)
		}
		ours(args)
		if len(recorder.posts) != 2 || recorder.posts[0] != recorder.posts[1] {
			t.Errorf("%s: npm's request and ours:\n%+q", args, recorder.posts)
		}
	}
}
