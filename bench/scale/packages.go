package scale

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// packages is a registry of made-up packages, and a project that uses them.
type packages struct {
	docs       map[string]*registry.Packument
	root       *manifest.Manifest
	workspaces []manifest.Workspace
}

// Packument implements [resolve.Index].
func (p *packages) Packument(_ context.Context, name string) (*registry.Packument, error) {
	if doc := p.docs[name]; doc != nil {
		return doc, nil
	}
	return nil, &registry.NotFoundError{Name: name}
}

// The shape of the made-up projects.
const (
	near             = 40 // how far the next dependencies are
	everybodys       = 50 // one package in so many is everybody's
	otherMajor       = 8  // one dependency in so many wants another major
	perDependency    = 8  // packages for each of the project's dependencies
	workspaceDepends = 20
	perWorkspace     = 10 // packages for each workspace
)

// made returns n packages, of which i depends on later ones only.
func made(n int) (*packages, *rand.Rand, error) {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	p := &packages{docs: make(map[string]*registry.Packument, n), root: &manifest.Manifest{Name: "project", Version: "1.0.0"}}
	for i := range n {
		doc := registry.New(nameOf(i))
		for _, version := range []string{"1.0.0", "1.1.0", "2.0.0"} {
			v := &registry.Version{}
			v.Name, v.Version = doc.Name, version
			v.Dependencies = dependencies(rng, i, n)
			if err := doc.Set(v); err != nil {
				return nil, nil, err
			}
		}
		doc.DistTags["latest"] = "1.1.0"
		p.docs[doc.Name] = doc
	}
	return p, rng, nil
}

func nameOf(i int) string { return fmt.Sprintf("package-%d", i) }

func dependencies(rng *rand.Rand, i, n int) manifest.StringMap {
	all := manifest.StringMap{}
	for _, to := range []int{i + 1 + rng.IntN(near), i + 1 + rng.IntN(near), n - 1 - rng.IntN(n/everybodys+1)} {
		if to > i && to < n {
			all[nameOf(to)] = rangeOf(rng)
		}
	}
	return all
}

func rangeOf(rng *rand.Rand) string {
	if rng.IntN(otherMajor) == 0 {
		return "^2.0.0"
	}
	return "^1.0.0"
}

// onePackage is a project that comes to about n packages.
func onePackage(n int) (*packages, error) {
	p, rng, err := made(n)
	if err != nil {
		return nil, err
	}
	p.root.Dependencies = manifest.StringMap{}
	for i := 0; i < n; i += perDependency {
		p.root.Dependencies[nameOf(i)] = rangeOf(rng)
	}
	return p, nil
}

// manyPackages is a project of n workspaces.
func manyPackages(n int) (*packages, error) {
	count := n * perWorkspace
	p, rng, err := made(count)
	if err != nil {
		return nil, err
	}
	for i := range n {
		w := &manifest.Manifest{Name: fmt.Sprintf("@project/w%d", i), Version: "1.0.0", Dependencies: manifest.StringMap{}}
		for range workspaceDepends {
			w.Dependencies[nameOf(rng.IntN(count))] = rangeOf(rng)
		}
		for _, to := range []int{i + 1, i + 7} {
			if to < n {
				w.Dependencies[fmt.Sprintf("@project/w%d", to)] = "^1.0.0"
			}
		}
		p.workspaces = append(p.workspaces, manifest.Workspace{Location: fmt.Sprintf("packages/w%d", i), Manifest: w})
	}
	p.root.Workspaces = manifest.Workspaces{"packages/*"}
	return p, nil
}
