package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// serveDocs is a registry that has documents only.
func serveDocs(t testing.TB, docs map[string]json.RawMessage) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc, ok := docs[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			doc = json.RawMessage("{}")
		}
		_, _ = w.Write(doc)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestCommand compares with what the npm command itself writes, which also
// shows that testdata/arborist.js asks arborist for the same as npm does.
func TestCommand(t *testing.T) {
	npm, node := npmoracle.NPM(t), npmoracle.Node(t)
	worlds := map[string]*world{
		"peers":      randomWorld(3, tastes()["peers"]),
		"peerheavy":  randomWorld(9, tastes()["peerheavy"]),
		"workspaces": randomWorld(2, tastes()["workspaces"]),
		"mixed":      randomWorld(8, tastes()["mixed"]),
	}
	for name, w := range worlds {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range w.files(t) {
				path := filepath.Join(dir, file)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(node, filepath.Join(npm, "bin/npm-cli.js"), "install", "--package-lock-only", "--ignore-scripts",
				"--no-audit", "--no-fund", "--registry", serveDocs(t, w.docs(t)), "--cache", t.TempDir())
			cmd.Dir = dir
			out, npmErr := cmd.CombinedOutput()
			tree, err := Build(context.Background(), w.request(t))
			if npmErr != nil || err != nil {
				if (npmErr == nil) != (err == nil) {
					t.Errorf("npm: %v, here: %v\n%s", npmErr, err, out)
				}
				return
			}
			data, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
			if err != nil {
				t.Fatal(err)
			}
			var answer npmAnswer
			if err := json.Unmarshal(data, &answer); err != nil {
				t.Fatal(err)
			}
			diffs := differences(summary(withInert(tree)), answer.summary())
			slices.Sort(diffs)
			if len(diffs) > 0 {
				t.Errorf("%d differences:\n%s", len(diffs), joinLines(diffs))
			}
		})
	}
}
