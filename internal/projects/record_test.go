//go:build record

package projects

import (
	"maps"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/recorder"
	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// TestRecord makes the recording and all trees anew.
func TestRecord(t *testing.T) {
	root := filepath.Join("..", "..", "testdata", "parity")
	all, err := All(filepath.Join(root, "projects"))
	if err != nil {
		t.Fatal(err)
	}
	address, err := exec.CommandContext(t.Context(), "npm", "config", "get", "registry").Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := t.TempDir()
	up, err := recorder.Start(t.Context(), strings.TrimSpace(string(address)), answers)
	if err != nil {
		t.Fatal(err)
	}
	trim := &trimmer{bundled: make(map[string]map[string]*npmPackage), wishes: make(map[string]map[string]*npmrange.Range)}
	trees := resolveAll(t, all, up.URL(), trim)
	if trim.docs, err = readDocuments(answers); err != nil {
		t.Fatal(err)
	}
	if err := trim.wishAll(all); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "registries", "projects.jsonl.zst")
	if err := trim.write(file); err != nil {
		t.Fatal(err)
	}
	recording, err := registrytest.OpenRecording(file)
	if err != nil {
		t.Fatal(err)
	}
	down := httptest.NewServer(recording)
	defer down.Close()
	for name, tree := range resolveAll(t, all, down.URL+"/", nil) {
		if !maps.Equal(tree, trees[name]) {
			t.Errorf("%s: npm makes another tree of the recording", name)
		}
	}
	for _, p := range all {
		if err := p.WriteTree(trees[p.Name]); err != nil {
			t.Fatal(err)
		}
	}
}

// resolveAll lets npm resolve each project. With trim, what is in the tarballs
// that bundle is noted.
func resolveAll(t *testing.T, all []*Project, registry string, trim *trimmer) map[string]map[string]string {
	t.Helper()
	trees := make(map[string]map[string]string, len(all))
	for _, p := range all {
		packages := npmLock(t, registry, p)
		t.Logf("%s: %d locations", p.Name, len(packages))
		trees[p.Name] = treeOf(packages)
		if trim != nil {
			trim.note(packages)
		}
	}
	return trees
}
