package lockfile

// Graph is what a lockfile without locations says (pnpm's, Yarn's, bun's):
// which package each dependency got, but not where in node_modules any lies.
// The resolver takes these versions and finds the places.
//
// A package is known by its name and version alone. Where a lockfile has one
// package several times, with other peers or other contents, a dependency has
// several pins.
type Graph struct {
	// Source is the lockfile's name, for messages: "pnpm-lock.yaml".
	Source string
	// Folders has, by folder of the project ("" is the root), what each
	// dependency got.
	Folders map[string]map[string][]Pin
	// Packages has the same by name@version.
	Packages map[string]map[string][]Pin
	// Overrides are those that the lockfile was made with, as its package
	// manager writes them.
	Overrides map[string]string
	// Patched are the entries, NAME or NAME@VERSION, that it was made with
	// patches for.
	Patched []string
	// Unmapped says, a sentence each, what the lockfile has and ipnpm does
	// not take over.
	Unmapped []string
}

// Pin is the package that a dependency got.
type Pin struct {
	// Name and Version are the package's own, whatever alias it goes by. The
	// version is empty where the lockfile tells none (git, URLs).
	Name, Version string
	// Integrity is the tarball's, as SRI; empty when the lockfile has none
	// that is the tarball's.
	Integrity string
	// Resolved is the tarball's URL or the git repository with "#commit", for
	// what no registry holds; empty otherwise.
	Resolved string
}

// Folder returns the pins of a dependency of a folder of the project.
func (g *Graph) Folder(location, name string) []Pin {
	if g == nil {
		return nil
	}
	return g.Folders[location][name]
}

// Package returns the pins of a dependency of a package.
func (g *Graph) Package(name, version, dependency string) []Pin {
	if g == nil {
		return nil
	}
	return g.Packages[name+"@"+version][dependency]
}

// Pin adds what a dependency got, once.
func (g *Graph) Pin(of map[string]map[string][]Pin, dependent, name string, p Pin) {
	deps := of[dependent]
	if deps == nil {
		deps = make(map[string][]Pin)
		of[dependent] = deps
	}
	for _, have := range deps[name] {
		if have == p {
			return
		}
	}
	deps[name] = append(deps[name], p)
}

// Validate checks that names are names, versions versions and so on, as
// [Parse] does for a lockfile of ours. The error is a *[FieldError].
func (g *Graph) Validate() error {
	for location, deps := range g.Folders {
		if msg := checkLocation(location); msg != "" {
			return &FieldError{Location: location, Field: "folder", Msg: msg}
		}
		if err := validatePins(location, deps); err != nil {
			return err
		}
	}
	for id, deps := range g.Packages {
		if err := validatePins(id, deps); err != nil {
			return err
		}
	}
	return nil
}

func validatePins(dependent string, deps map[string][]Pin) error {
	for name, pins := range deps {
		if msg := checkName(name); msg != "" {
			return &FieldError{Location: dependent, Field: name, Msg: msg}
		}
		for _, p := range pins {
			for _, msg := range [...]string{
				checkName(p.Name), checkVersion(p.Version),
				optional(p.Integrity, checkIntegrity), checkText(p.Resolved),
			} {
				if msg != "" {
					return &FieldError{Location: dependent, Field: name, Msg: msg}
				}
			}
		}
	}
	return nil
}
