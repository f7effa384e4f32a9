package projects

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// Project is one of them.
type Project struct {
	Name, Dir  string
	Root       *manifest.Manifest
	Workspaces []manifest.Workspace
	// LegacyPeerDeps is what the .npmrc says.
	LegacyPeerDeps bool
}

// Read reads the project in a folder.
func Read(dir string) (*Project, error) {
	p := &Project{Name: filepath.Base(dir), Dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	if p.Root, _, err = manifest.ParseProject(data, filepath.Join(dir, "package.json")); err != nil {
		return nil, err
	}
	if p.Workspaces, err = manifest.FindWorkspaces(dir, p.Root.Workspaces); err != nil {
		return nil, err
	}
	npmrc, err := os.ReadFile(filepath.Join(dir, ".npmrc"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	p.LegacyPeerDeps = strings.Contains(string(npmrc), "legacy-peer-deps=true")
	return p, nil
}

// All reads the projects below a folder, by name.
func All(dir string) ([]*Project, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "package.json"))
	if err != nil {
		return nil, err
	}
	list := make([]*Project, 0, len(files))
	for _, file := range files {
		p, err := Read(filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// Manifests lists the files that make the project, relative to its folder.
func (p *Project) Manifests() []string {
	files := []string{"package.json"}
	for _, ws := range p.Workspaces {
		files = append(files, ws.Location+"/package.json")
	}
	return files
}

// Tree reads npm's tree: the rest of the line by location.
func (p *Project) Tree() (map[string]string, error) {
	f, err := os.Open(p.treeFile())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tree := make(map[string]string)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		location, entry, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			return nil, fmt.Errorf("%s: a line without entry: %q", f.Name(), lines.Text())
		}
		tree[location] = entry
	}
	return tree, lines.Err()
}

// WriteTree replaces npm's tree.
func (p *Project) WriteTree(tree map[string]string) error {
	var text strings.Builder
	for _, location := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(&text, "%s %s\n", location, tree[location])
	}
	return os.WriteFile(p.treeFile(), []byte(text.String()), 0o644)
}

func (p *Project) treeFile() string { return filepath.Join(p.Dir, "npm.tree") }
