package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
)

// monorepoName is the fixture that is made up here, since thirty package.json
// files that differ in a number are no testdata.
const monorepoName = "monorepo"

// builtScope is the scope of the workspaces, which no registry is asked for.
const builtScope = "@shop/"

// The workspace that is chosen with what it depends on, and the one of whose
// dependencies one is updated, to its latest version.
const (
	filteredWorkspace = builtScope + "app-1"
	updatedWorkspace  = builtScope + "app-4"
	updatedDependency = "ejs"
)

// buildScript is what `run build` runs in each workspace. It does no more than
// it must to fail where a workspace is built before those that it depends on:
// the time is that of who starts thirty of them.
const buildScript = `const { readFileSync, mkdirSync, writeFileSync } = require("fs");
const { name, dependencies = {} } = require("./package.json");
const parts = Object.keys(dependencies).filter(d => d.startsWith("` + builtScope + `"))
  .map(d => readFileSync(require.resolve(d + "/package.json").replace("package.json", "dist/index.txt"), "utf8"));
mkdirSync("dist", { recursive: true });
writeFileSync("dist/index.txt", [...new Set([name, ...parts.join("\n").split("\n")])].join("\n"));
`

// layer is some workspaces alike, which depend on those of the layers below.
type layer struct {
	folder, kind string
	count        int
	// needs is how many of each lower kind one depends on.
	needs map[string]int
	// registry is what one brings from the registry, in the versions of
	// modern-app and alotta-files.
	registry map[string]string
}

// layers are thirty workspaces: six at the bottom, four applications on top.
func layers() []layer {
	return []layer{
		{"packages", "core", 6, nil, map[string]string{"zod": "4.6.7"}},
		{"packages", "lib", 12, map[string]int{"core": 2}, map[string]string{"axios": "1.21.1"}},
		{"packages", "feature", 8, map[string]int{"core": 1, "lib": 3},
			map[string]string{"react": "19.3.1", "zustand": "5.1.0", "@tanstack/react-query": "5.108.0"}},
		{"apps", "app", 4, map[string]int{"lib": 2, "feature": 3}, map[string]string{"react": "19.3.1", "react-dom": "19.3.1",
			"react-router": "8.5.1", "vite": "8.3.7", "@vitejs/plugin-react": "6.3.0", "ejs": "^2.7.4"}},
	}
}

// rootTools are the development tools that all share.
func rootTools() map[string]string {
	return map[string]string{"eslint": "10.15.0", "jest": "30.5.2", "prettier": "3.10.1", "typescript": "5.9.3", "typescript-eslint": "8.73.0"}
}

// monorepo makes the project. pnpm reads of workspaces in a file of its own, and
// links them for a plain range when it is told to; the others do.
func monorepo() (*fixture, error) {
	counts := map[string]int{}
	for _, l := range layers() {
		counts[l.kind] = l.count
	}
	f := &fixture{name: monorepoName, workspaces: map[string][]byte{
		"pnpm-workspace.yaml": []byte("packages:\n  - apps/*\n  - packages/*\nlinkWorkspacePackages: true\n"),
	}}
	var err error
	f.manifest, err = manifestOf(map[string]any{"name": "shop", "version": "1.0.0", "private": true,
		"workspaces": []string{"apps/*", "packages/*"}, "devDependencies": rootTools()})
	for _, l := range layers() {
		for n := range l.count {
			name, dependencies := fmt.Sprintf("%s-%d", l.kind, n+1), maps.Clone(l.registry)
			for kind, some := range l.needs {
				for i := range some {
					dependencies[fmt.Sprintf("%s%s-%d", builtScope, kind, (n+i*3)%counts[kind]+1)] = "^1.0.0"
				}
			}
			text, e := manifestOf(map[string]any{"name": builtScope + name, "version": "1.0.0", "private": true,
				"scripts": map[string]string{"build": "node build.js"}, "dependencies": dependencies})
			if e != nil {
				err = e
			}
			f.workspaces[path.Join(l.folder, name, "package.json")] = text
			f.workspaces[path.Join(l.folder, name, "build.js")] = []byte(buildScript)
		}
	}
	return f, err
}

func manifestOf(fields map[string]any) ([]byte, error) {
	text, err := json.MarshalIndent(fields, "", "  ")
	return append(text, '\n'), err
}

// inMonorepo adds to the tools what they have for many workspaces; they are the
// tools of one way.
func (b *binaries) inMonorepo(tools []tool, registry string) []tool {
	npm, pnpm := b.bin("npm"), b.bin("pnpm")
	reg := "--registry=" + registry
	for i, t := range tools {
		switch {
		case t.name == "npm":
			// npm runs a script in workspaces in the order of their listing, and
			// has nothing that chooses one with what it depends on.
			tools[i].commands = map[string][]string{
				updateOne: {npm, "install", updatedDependency + "@latest", "-w", updatedWorkspace, "--no-audit", "--no-fund", "--ignore-scripts", reg},
			}
		case t.name == "pnpm":
			tools[i].commands = map[string][]string{
				buildSome: {pnpm, "--filter", filteredWorkspace + "...", "run", "build"},
				buildAll:  {pnpm, "--recursive", "run", "build"},
				updateOne: {pnpm, "--filter", updatedWorkspace, "update", "--latest", updatedDependency, "--ignore-scripts", reg},
			}
		case t.ours:
			flags := t.install[2:]
			tools[i].commands = map[string][]string{
				buildSome: {b.ipnpm, "run", "build", "--filter", filteredWorkspace + "..."},
				buildAll:  {b.ipnpm, "run", "build", "--workspaces", "--topological"},
				updateOne: slices.Concat([]string{b.ipnpm, "update", "--latest", updatedDependency, "-w", updatedWorkspace}, flags),
			}
		}
	}
	return tools
}
