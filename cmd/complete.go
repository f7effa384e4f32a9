package cmd

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
)

// completeTime bounds what is done between a Tab and the answer.
const completeTime = 2 * time.Second

// maxCompleted bounds the answers; a shell shows no thousand names.
const maxCompleted = 100

// completer finds words, of which those that go on with what was typed are
// offered.
type completer func(ctx context.Context, typed string) []string

// bindCompletion tells cobra's shell completion what goes where: names of the
// registries' packages, of the project's own, of its scripts, of topics.
func (a *app) bindCompletion(root *cobra.Command) {
	of := map[string]completer{
		"install": a.indexNames, "add": a.indexNames, "view": a.indexNames, "exec": a.commandNames,
		"remove": a.directNames, "update": a.directNames, "outdated": a.directNames,
		"why": a.installedNames, "approve-scripts": a.installedNames, "patch": a.installedNames, "ls": a.installedNames,
		"run": a.scriptNames,
	}
	for _, c := range root.Commands() {
		if find := of[c.Name()]; find != nil && c.ValidArgsFunction == nil {
			c.ValidArgsFunction = complete(find)
		}
	}
}

// complete makes cobra's function of a completer. Nothing is printed: whatever
// goes wrong, there are no words.
func complete(find completer) cobra.CompletionFunc {
	return func(c *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(c.Context(), completeTime)
		defer cancel()
		var words []string
		for _, word := range find(ctx, typed) {
			if strings.HasPrefix(word, typed) && !slices.Contains(given, word) {
				words = append(words, printable(word))
			}
		}
		slices.Sort(words)
		words = slices.Compact(words)
		return words[:min(len(words), maxCompleted)], cobra.ShellCompDirectiveNoFileComp
	}
}

// quietProject is the project at hand, nil when there is none that can be read.
func (a *app) quietProject() *project {
	a.silent = true
	p, err := a.openTree(false)
	if err != nil {
		return nil
	}
	return p
}

// directNames are the dependencies in package.json.
func (a *app) directNames(context.Context, string) []string {
	p := a.quietProject()
	if p == nil {
		return nil
	}
	var names []string
	for _, m := range p.importers {
		pkg := m.file.Manifest
		for _, group := range [...]manifest.StringMap{pkg.Dependencies, pkg.DevDependencies, pkg.OptionalDependencies, pkg.PeerDependencies} {
			names = slices.AppendSeq(names, maps.Keys(group))
		}
	}
	return names
}

// installedNames are the packages of the lockfile.
func (a *app) installedNames(context.Context, string) []string {
	if p := a.quietProject(); p != nil {
		return slices.Collect(maps.Keys(p.dependencyNames()))
	}
	return nil
}

func (a *app) scriptNames(context.Context, string) []string {
	var names []string
	if p := a.quietProject(); p != nil {
		for _, m := range p.importers {
			names = slices.AppendSeq(names, maps.Keys(m.file.Manifest.Scripts))
		}
	}
	return names
}

// commandNames are those in node_modules/.bin.
func (a *app) commandNames(context.Context, string) []string {
	var names []string
	files, _ := filepath.Glob(filepath.Join(findRoot(a.Dir), "node_modules", ".bin", "*")) // only a bad pattern fails
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".cmd"))
	}
	return names
}

// indexNames are the packages that the registries list: an index on IPFS all of
// its own, an npm registry, which has no list, those that this machine has used.
// No network is asked: what an index says is what was last seen of it.
func (a *app) indexNames(ctx context.Context, _ string) []string {
	a.silent = true
	a.flags["offline"] = []string{"true"}
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return nil
	}
	defer s.Close()
	var names []string
	for _, key := range s.registryKeys() {
		from, err := s.registryAt(key)
		if err != nil {
			continue
		}
		if lister, ok := from.(interface {
			Names(ctx context.Context) ([]string, error)
		}); ok {
			known, _ := lister.Names(ctx) // none that are known are none to offer
			names = append(names, known...)
		}
	}
	return names
}

// Names are the packages of the index as it was last seen.
func (r *indexRegistry) Names(ctx context.Context) ([]string, error) {
	reader, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	return reader.Names(ctx)
}

// Names are the packages of the registry that this machine has used.
func (r *upstreamRegistry) Names(ctx context.Context) ([]string, error) {
	return r.mirror.Names(ctx)
}
