package cmd

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/manifest"
)

// quietProject is the project at hand, nil when there is none that can be read.
func (a *app) quietProject() *project {
	p, err := a.openTree(false)
	if err != nil {
		return nil
	}
	return p
}

// directNames are the dependencies in package.json.
func (a *app) directNames(context.Context, []string, string) []string {
	p := a.quietProject()
	if p == nil {
		return nil
	}
	names := map[string]string{}
	for _, m := range p.importers {
		pkg := m.file.Manifest
		for _, group := range [...]manifest.StringMap{pkg.Dependencies, pkg.DevDependencies, pkg.OptionalDependencies, pkg.PeerDependencies} {
			maps.Copy(names, group)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// installedNames are the packages of the lockfile.
func (a *app) installedNames(context.Context, []string, string) []string {
	if p := a.quietProject(); p != nil {
		return slices.Sorted(maps.Keys(p.dependencyNames()))
	}
	return nil
}

// scriptedNames are those of them that have install scripts.
func (a *app) scriptedNames(context.Context, []string, string) []string {
	if p := a.quietProject(); p != nil && p.lock != nil {
		return slices.Sorted(maps.Keys(approvable(p.lock, nil, true)))
	}
	return nil
}

// runWords are the scripts, and after the name of one the workspaces for run's flags,
// which cobra takes for the script's there.
func (a *app) runWords(ctx context.Context, given []string, typed string) []string {
	if len(given) > 0 {
		switch a.args[len(a.args)-2] {
		case "-w", "--workspace":
			return a.workspaceNames(ctx, nil, typed)
		case "-F", "--filter":
			return a.filterWords(ctx, nil, typed)
		}
		return nil
	}
	scripts := map[string]string{}
	if p := a.quietProject(); p != nil {
		for _, m := range p.importers {
			maps.Copy(scripts, m.file.Manifest.Scripts)
		}
	}
	words := slices.Sorted(maps.Keys(scripts))
	for i, name := range words {
		words[i] += "\t" + scripts[name]
	}
	return words
}

// workspaceNames are the project's workspaces, and where a folder is being typed
// theirs.
func (a *app) workspaceNames(_ context.Context, _ []string, typed string) []string {
	p := a.quietProject()
	if p == nil {
		return nil
	}
	var words []string
	for _, w := range p.workspaces {
		if strings.Contains(typed, "/") && !strings.HasPrefix(typed, "@") {
			words = append(words, w.Location)
		} else {
			words = append(words, w.Name()+"\t"+w.Location)
		}
	}
	slices.Sort(words)
	return words
}

// filterWords are the workspaces after what stands before a name in a filter.
func (a *app) filterWords(ctx context.Context, _ []string, typed string) []string {
	name := strings.TrimLeft(typed, "!.^")
	words := a.workspaceNames(ctx, nil, name)
	for i := range words {
		words[i] = strings.TrimSuffix(typed, name) + words[i]
	}
	return words
}

// commandNames are those in node_modules/.bin.
func (a *app) commandNames(context.Context, []string, string) []string {
	var names []string
	files, _ := filepath.Glob(filepath.Join(findRoot(a.Dir), "node_modules", ".bin", "*")) // sorted; only a bad pattern fails
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".cmd"))
	}
	return names
}

// valuesOf completes the values of a configuration key.
func (a *app) valuesOf(key *config.Key) completer {
	switch key.Name {
	case "workspace":
		return a.workspaceNames
	case filterKey:
		return a.filterWords
	}
	return func(context.Context, []string, string) []string { return valueWords(key) }
}

// valueWords are the values of a key that has few.
func valueWords(key *config.Key) []string {
	if key.Type == config.TypeBool {
		return []string{"true", "false"}
	}
	words := slices.Clone(key.Values)
	for i := range words {
		words[i] = strings.TrimSuffix(words[i], "*")
	}
	return words
}

// configNames are the keys of the configuration.
func configNames(context.Context, []string, string) []string {
	var words []string
	for _, key := range config.Keys() {
		words = append(words, key.Name+"\t"+flagUsage(&key))
	}
	slices.Sort(words)
	return words
}

// settings are KEY=VALUE, or KEY and then VALUE.
func settings(ctx context.Context, given []string, typed string) []string {
	name, _, isSetting := strings.Cut(typed, "=")
	before := name + "="
	if !isSetting && len(given) == 1 && !strings.Contains(given[0], "=") {
		name, before, isSetting = given[0], "", true
	}
	if isSetting {
		key, _ := config.Lookup(name)
		words := valueWords(&key)
		for i := range words {
			words[i] = before + words[i]
		}
		return words
	}
	words := configNames(ctx, given, typed)
	for i := range words {
		words[i] = strings.Replace(words[i], "\t", "=\t", 1)
	}
	return words
}

func versionWords(context.Context, []string, string) []string {
	return []string{"major", "minor", "patch", "premajor", "preminor", "prepatch", "prerelease", "from-git"}
}
