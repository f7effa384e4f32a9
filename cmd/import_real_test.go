package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/lockfile"
)

// realLocks are lockfiles that the real tools wrote, see make/make.sh there.
const realLocks = "../lockfile/foreign/testdata"

// TestImportReal imports every real lockfile, compares each dependency with
// what its own tool installed, and lets npm install what is then exported.
func TestImportReal(t *testing.T) {
	lab := newImportLab(t)
	found, err := filepath.Glob(realLocks + "/locks/*/*.edges")
	if err != nil || len(found) != 27 {
		t.Fatalf("%d real lockfiles, want three of each of nine tools: %v", len(found), err)
	}
	for _, edges := range found {
		name := filepath.Base(filepath.Dir(edges)) + "/" + strings.TrimSuffix(filepath.Base(edges), ".edges")
		t.Run(name, func(t *testing.T) {
			p := lab.project(t, edges)
			p.run("import")
			// npm would take the addresses of tarballs from a yarn.lock.
			if err := os.Remove(p.lock); err != nil {
				t.Fatal(err)
			}
			lock, err := lockfile.Read(p.dir)
			if err != nil {
				t.Fatal(err)
			}
			compareEdges(t, lock, edges)
			p.run("export")
			compareTree(t, lock, p.installedByNPM())
		})
	}
}

// importLab is a registry with the packages that the lockfiles name. Its
// tarballs are stubs with digests of their own, which take the place of the
// real ones in the lockfiles.
type importLab struct {
	server    *registrytest.Server
	digests   *strings.Replacer
	npm, node string
	// installed is what npm made of an exported lockfile, by its text. Most
	// tools' lockfiles of one project come to the same, which quotes every
	// package.json of the project, and npm takes its time.
	installed map[string]map[string]string
}

func newImportLab(t *testing.T) *importLab {
	t.Helper()
	file := realLocks + "/packuments.jsonl.zst"
	recording, err := registrytest.OpenRecording(file)
	if err != nil {
		t.Fatal(err)
	}
	lab := &importLab{server: registrytest.New(t), npm: npmoracle.NPM(t), node: npmoracle.Node(t), installed: make(map[string]map[string]string)}
	lab.server.ServeRecording(recording)
	var pairs []string
	for _, name := range recording.Names() {
		recorded, served := digestsIn(t, recording.Document(name)), digestsIn(t, lab.get(t, name))
		for version, real := range recorded {
			pairs = append(pairs, real.Integrity, served[version].Integrity, real.Shasum, served[version].Shasum)
		}
	}
	lab.digests = strings.NewReplacer(pairs...)
	return lab
}

func (l *importLab) get(t *testing.T, name string) []byte {
	t.Helper()
	answer, err := http.Get(l.server.URL + name)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type digests struct{ Integrity, Shasum string }

// digestsIn are those of a package document, by version.
func digestsIn(t *testing.T, document []byte) map[string]digests {
	t.Helper()
	var doc struct {
		Versions map[string]struct{ Dist digests }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	out := make(map[string]digests)
	for version, v := range doc.Versions {
		if v.Dist.Integrity == "" || v.Dist.Shasum == "" {
			t.Fatalf("%.60s: %s has no digests", document, version)
		}
		out[version] = v.Dist
	}
	return out
}

// importProject is a copy of a project with its lockfile.
type importProject struct {
	t   *testing.T
	lab *importLab
	dir string
	// lock is the lockfile of the other tool.
	lock string
	env  []string
}

func (l *importLab) project(t *testing.T, edges string) *importProject {
	t.Helper()
	name := strings.TrimSuffix(filepath.Base(edges), ".edges")
	p := &importProject{t: t, lab: l, dir: t.TempDir()}
	p.env = []string{"HOME=" + t.TempDir(), "PATH=" + filepath.Dir(l.node) + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"npm_config_registry=" + l.server.URL, "npm_config_update_notifier=false"}
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join(realLocks, "projects", name))); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(strings.TrimSuffix(edges, ".edges") + ".*lock*")
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: lockfiles %v, %v", edges, files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	p.lock = filepath.Join(p.dir, strings.TrimPrefix(filepath.Base(files[0]), name+"."))
	if err := os.WriteFile(p.lock, []byte(l.digests.Replace(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *importProject) run(args ...string) {
	p.t.Helper()
	var out bytes.Buffer
	s := Streams{In: strings.NewReader(""), Out: io.Discard, Err: &out, Env: p.env, Dir: p.dir}
	if code := Main(context.Background(), s, args); code != 0 || out.Len() > 0 {
		p.t.Fatalf("ipnpm %s: exit code %d\n%s", strings.Join(args, " "), code, out.String())
	}
}

// installedByNPM lets npm install, from nothing but the exported lockfile, and
// returns name@version of every package by where it lies.
func (p *importProject) installedByNPM() map[string]string {
	p.t.Helper()
	file := filepath.Join(p.dir, "package-lock.json")
	exported, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	if known := p.lab.installed[string(exported)]; known != nil {
		return known
	}
	c := exec.Command(p.lab.node, filepath.Join(p.lab.npm, "bin", "npm-cli.js"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	c.Dir, c.Env = p.dir, p.env
	if out, err := c.CombinedOutput(); err != nil {
		p.t.Fatalf("npm ci: %v\n%s", err, out)
	}
	after, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(exported, after) {
		p.t.Fatalf("npm ci changed the lockfile: %v", err)
	}
	found := packagesOnDisk(p.t, p.dir)
	p.lab.installed[string(exported)] = found
	return found
}

// compareEdges compares every dependency of a lockfile with what a tool
// installed. Peers are left out: they are npm's to place, and a tool may have
// left them out or taken those of another dependent.
func compareEdges(t *testing.T, lock *lockfile.Lockfile, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type dependency struct{ from, name string }
	theirs := make(map[dependency]string)
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[2] != "peer" {
			theirs[dependency{f[0], f[1]}] = f[3]
		}
	}
	met := make(map[dependency]bool)
	for location, p := range lock.Packages {
		for _, group := range [...]map[string]string{p.Dependencies, p.OptionalDependencies, p.DevDependencies} {
			for name := range group {
				d := dependency{packageID(lock, location), name}
				want, known := theirs[d]
				met[d] = true
				if have := packageID(lock, findPackage(lock, location, name)); known && have != want {
					t.Errorf("%s (%s) > %s: %s, its own tool has %s", d.from, location, name, have, want)
				}
			}
		}
	}
	for d, to := range theirs {
		if !met[d] {
			t.Errorf("%s > %s: not there, its own tool has %s", d.from, d.name, to)
		}
	}
	if len(theirs) < 80 {
		t.Errorf("only %d dependencies compared", len(theirs))
	}
}

// packageID is name@version, or for a folder of the project its path.
func packageID(lock *lockfile.Lockfile, location string) string {
	p := lock.Packages[location]
	switch {
	case p == nil:
		return "nothing"
	case p.Link:
		return packageID(lock, p.Resolved)
	case location == "":
		return "."
	case !strings.Contains(location, "node_modules/"):
		return location
	}
	return p.NameAt(location) + "@" + p.Version
}

// findPackage is the location that Node finds a name at.
func findPackage(lock *lockfile.Lockfile, from, name string) string {
	for {
		location := strings.TrimPrefix(from+"/node_modules/"+name, "/")
		if lock.Packages[location] != nil || from == "" {
			return location
		}
		from = from[:max(0, strings.LastIndexByte(from, '/'))]
	}
}

// packagesOnDisk looks at every package below a project's node_modules.
func packagesOnDisk(t *testing.T, dir string) map[string]string {
	t.Helper()
	onDisk := make(map[string]string)
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		location, _ := filepath.Rel(dir, filepath.Dir(file))
		location = filepath.ToSlash(location)
		inModules, _ := filepath.Match("node_modules/*", lastParts(location))
		if err != nil || e.Name() != "package.json" || !inModules {
			return err
		}
		var m struct{ Name, Version string }
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		onDisk[location] = m.Name + "@" + m.Version
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return onDisk
}

// compareTree compares what npm installed with a lockfile. What is missing
// must be optional, for another platform.
func compareTree(t *testing.T, lock *lockfile.Lockfile, onDisk map[string]string) {
	t.Helper()
	for location, id := range onDisk {
		if have := packageID(lock, location); have != id {
			t.Errorf("npm ci installed %s at %s, the lockfile has %s", id, location, have)
		}
	}
	for _, location := range lock.Locations() {
		p := lock.Packages[location]
		if strings.Contains(location, "node_modules/") && !p.Link && onDisk[location] == "" && !p.Optional && !p.DevOptional {
			t.Errorf("npm ci did not install %s", location)
		}
	}
	if len(onDisk) < 40 {
		t.Errorf("only %d packages compared", len(onDisk))
	}
}

// lastParts is the end of a location that has the package's name, without the
// scope, behind node_modules.
func lastParts(location string) string {
	parts := strings.Split(location, "/")
	if n := len(parts); n > 2 && strings.HasPrefix(parts[n-2], "@") {
		parts = slices.Delete(parts, n-2, n-1)
	}
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
