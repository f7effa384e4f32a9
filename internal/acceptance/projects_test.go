//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// projects are the folders of testdata/projects.
func projects() []string {
	return []string{"express-api", "vite-react", "eslint-jest", "webpack", "nest"}
}

// TestAcceptance is the whole run. One part alone:
//
//	go test -tags acceptance -v -run 'TestAcceptance/kills' ./internal/acceptance
func TestAcceptance(t *testing.T) {
	l := newLab(t)
	defer func() {
		answered, fetched := l.registry.Requests()
		t.Logf("the recorded registry answered %d requests, %d of them from upstream", answered, fetched)
		l.report.print(t)
	}()
	for _, name := range projects() {
		t.Run(name, func(t *testing.T) { l.project(t, name) })
	}
	t.Run("airgap", func(t *testing.T) { l.airGap(t, "eslint-jest") })
	t.Run("kills", func(t *testing.T) { l.kills(t, "eslint-jest") })
}

// trial is one project on its way through the run.
type trial struct {
	*lab
	project string
	// direct and indexed are the lockfiles over the npm registry and over the
	// index on IPFS. They differ: only an index names its root, and the CIDs
	// of what other platforms would install.
	direct, indexed []byte
	// want is the tree that every way must make.
	want tree
}

// path is a folder name of this project within the lab.
func (l *trial) path(parts ...string) []string { return append([]string{l.project}, parts...) }

// project takes one project through the ways and the reproductions. They are
// in one test since the publisher's life is part of both.
func (l *lab) project(t *testing.T, name string) {
	r := &trial{lab: l, project: name}
	r.nothingConfigured(t)
	r.asNpm(t)
	node := kubotest.Start(t, kubotest.Options{})
	publisher, address := r.publish(t, node)
	consumer := r.fromKubo(t, node, address)
	r.lockfilesAlike(t, node, publisher, address)
	dead := r.deadRegistry(t)
	r.ciByCID(t, "Kubo", r.user(t, r.path("home-ci-kubo")...), dead, "--ipfs=kubo:"+node.API)
	r.ciByCID(t, "a gateway", r.user(t, r.path("home-ci-gateway")...), dead, "--ipfs=gateway:"+node.Gateway)
	node.Kill()
	r.fromOwnStore(t, consumer, node, address)
	r.ciByCID(t, "the consumer's own store, its cache emptied",
		consumer.withoutCache(t, r.path("cache-ci-own")...), dead, "--ipfs=embedded")
}

// nothingConfigured is the first way: an npm registry, two users with an empty
// HOME, no daemon.
func (r *trial) nothingConfigured(t *testing.T) {
	for i, who := range []string{"first", "second"} {
		u := r.user(t, r.path("home-direct-"+who)...)
		dir := r.checkout(t, r.project, r.path("direct-"+who)...)
		out := u.ipnpm(t, dir, "install", "--json", "--registry="+r.registry.URL())
		lock := readLock(t, dir)
		if i == 0 {
			r.direct, r.want = lock, readTree(t, dir)
			r.installed(t, "nothing configured", u, dir, out)
			continue
		}
		r.reproducedAs(t, "lockfile from a second empty HOME", sameBytes(r.direct, lock))
		r.ciOwn(t, u)
	}
}

// npmVersion is the npm whose tree ours is compared with.
const npmVersion = "12.2.0"

// asNpm installs the project with npm itself, from the same registry: every
// path, mode, byte and link of its tree is to be as in ours.
func (r *trial) asNpm(t *testing.T) {
	t.Helper()
	cli := filepath.Join(npmoracle.Install(t, "npm", npmVersion), "node_modules", "npm", "bin", "npm-cli.js")
	u := r.user(t, r.path("home-npm")...)
	dir := r.checkout(t, r.project, r.path("npm")...)
	out := u.exec(t.Context(), dir, "node", cli, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--registry="+r.registry.URL())
	if out.err != nil {
		t.Fatalf("npm install: %v\n%s", out.err, out.stderr)
	}
	got := readTree(t, dir)
	sameTree(t, "npm "+npmVersion, r.want, got)
	r.report.ways = append(r.report.ways, fmt.Sprintf("%s | for comparison: npm %s | | %s | | | | %s",
		r.project, npmVersion, seconds(out.took), got.hash))
}

// ciOwn runs ci from the lockfile over the npm registry with that registry
// gone: the platform packages in it are named by their digest alone.
func (r *trial) ciOwn(t *testing.T, u user) {
	t.Helper()
	dir := r.lockOnly(t, r.direct, "http://127.0.0.1:1/", "ci-direct")
	u = u.withoutCache(t, r.path("cache-ci-direct")...)
	r.ciIn(t, "ci of the npm registry's lockfile from the own store, registry gone", u, dir, "--ipfs=embedded")
}

// publish makes an index of the project and puts it on the node.
func (r *trial) publish(t *testing.T, node *kubotest.Node) (user, string) {
	t.Helper()
	u := r.user(t, r.path("home-publisher")...)
	dir := r.checkout(t, r.project, r.path("publisher")...)
	kubo := "--ipfs=kubo:" + node.API
	u.ipnpm(t, dir, "registry", "create", "team", kubo)
	mirrored := u.ipnpm(t, dir, "registry", "mirror", "--package-json", "package.json", "--from", r.registry.URL(), kubo)
	published := u.ipnpm(t, dir, "registry", "publish", "team", "--json", kubo)
	var record struct{ IPNS string }
	if err := json.Unmarshal([]byte(published.stdout), &record); err != nil || record.IPNS == "" {
		t.Fatalf("publish says %q: %v", published.stdout, err)
	}
	t.Logf("mirrored in %s, published in %s", seconds(mirrored.took), seconds(published.took))
	return u, "ipns://" + record.IPNS
}

// fromKubo is the second way: another HOME that has nothing but the name.
func (r *trial) fromKubo(t *testing.T, node *kubotest.Node, address string) user {
	t.Helper()
	u := r.user(t, r.path("home-consumer")...)
	dir := r.checkout(t, r.project, r.path("consumer")...)
	out := u.ipnpm(t, dir, "install", "--json", "--registry="+address, "--ipfs=kubo:"+node.API, "--no-upstream")
	r.indexed = readLock(t, dir)
	r.installed(t, "ipns:// from Kubo", u, dir, out)
	return u
}

// fromOwnStore is the third way: the publisher is gone, and so are
// node_modules and, the second time, the lockfile and the cache.
func (r *trial) fromOwnStore(t *testing.T, u user, node *kubotest.Node, address string) {
	t.Helper()
	dir := filepath.Join(append([]string{r.work}, r.path("consumer")...)...)
	if err := os.Rename(filepath.Join(dir, "node_modules"), filepath.Join(dir, "..", "consumer-old")); err != nil {
		t.Fatal(err)
	}
	out := u.ipnpm(t, dir, "install", "--json", "--registry="+address, "--offline")
	r.installed(t, "ipns:// with the publisher stopped", u, dir, out)
	r.reproducedAs(t, "lockfile as it was after that, publisher stopped", sameBytes(r.indexed, readLock(t, dir)))

	// Anew: no lockfile and an emptied cache, once told that there is no
	// network, and once left to find out, by the address that the dead daemon
	// left in its repository, that the name can be asked of nobody any more.
	u = u.withoutCache(t, r.path("cache-anew")...)
	r.lockedAnew(t, "offline, from the consumer's store alone", u, "anew-offline", "--registry="+address, "--offline")
	u = u.withoutCache(t, r.path("cache-stale")...)
	u.ipfsPath = node.RepoPath
	r.lockedAnew(t, "online with a dead Kubo in IPFS_PATH", u, "anew-stale", "--registry="+address, "--no-upstream")
}

// lockedAnew installs from package.json alone and wants the index's lockfile
// and tree.
func (r *trial) lockedAnew(t *testing.T, what string, u user, name string, flags ...string) {
	t.Helper()
	what = "lockfile made anew, " + what
	dir := r.checkout(t, r.project, r.path(name)...)
	got := u.exec(t.Context(), dir, r.bin, append([]string{"install"}, flags...)...)
	if got.err != nil {
		r.reproducedAs(t, what, fmt.Errorf("%w: %s", got.err, strings.TrimSpace(got.stderr)))
		return
	}
	r.reproducedAs(t, what, sameBytes(r.indexed, readLock(t, dir)))
	sameTree(t, what, r.want, readTree(t, dir))
}

// lockfilesAlike resolves the index from each kind of source, every time from
// package.json alone.
func (r *trial) lockfilesAlike(t *testing.T, node *kubotest.Node, publisher user, address string) {
	t.Helper()
	found := r.user(t, r.path("home-lock-auto")...)
	found.ipfsPath = node.RepoPath
	for _, from := range []struct {
		what, flag, name string
		user             user
	}{
		{"from Kubo, another empty HOME", "--ipfs=kubo:" + node.API, "lock-kubo", r.user(t, r.path("home-lock-kubo")...)},
		{"from the Kubo that IPFS_PATH leads to, no flag, empty HOME", "--ipfs=auto", "lock-auto", found},
		{"from a gateway, empty HOME", "--ipfs=gateway:" + node.Gateway, "lock-gateway", r.user(t, r.path("home-lock-gateway")...)},
		{"from the embedded store of the publisher", "--ipfs=embedded", "lock-embedded", publisher},
	} {
		r.lockedAnew(t, from.what, from.user, from.name, "--registry="+address, from.flag, "--no-upstream")
	}
}

// deadRegistry is an IPNS name under which nobody ever published.
func (r *trial) deadRegistry(t *testing.T) string {
	t.Helper()
	u := r.user(t, r.path("home-dead")...)
	out := u.ipnpm(t, u.home, "registry", "create", "dead", "--json", "--ipfs=embedded")
	var made struct{ IPNS string }
	if err := json.Unmarshal([]byte(out.stdout), &made); err != nil || made.IPNS == "" {
		t.Fatalf("create says %q: %v", out.stdout, err)
	}
	return "ipns://" + made.IPNS
}

// ciByCID gives ci nothing but package.json, the lockfile and a source of
// bytes by CID; the configured registry cannot be resolved.
func (r *trial) ciByCID(t *testing.T, what string, u user, dead, flag string) {
	t.Helper()
	dir := r.lockOnly(t, r.indexed, dead, "ci-"+strings.Fields(what)[len(strings.Fields(what))-1])
	r.ciIn(t, "ci by CID from "+what+", index and IPNS unreachable", u, dir, flag, "--no-upstream")
}

// lockOnly makes a project folder of package.json, lockfile and .npmrc.
func (r *trial) lockOnly(t *testing.T, lock []byte, registry, name string) string {
	t.Helper()
	dir := r.dir(t, r.path(name)...)
	copyFile(t, filepath.Join(r.root, "testdata", "projects", r.project, "package.json"), filepath.Join(dir, "package.json"))
	for file, data := range map[string][]byte{"ipnpm-lock.json": lock, ".npmrc": []byte("registry=" + registry + "\n")} {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (r *trial) ciIn(t *testing.T, what string, u user, dir string, flags ...string) {
	t.Helper()
	lock := readLock(t, dir)
	got := u.exec(t.Context(), dir, r.bin, append([]string{"ci"}, flags...)...)
	if got.err != nil {
		r.reproducedAs(t, what, fmt.Errorf("%w: %s", got.err, strings.TrimSpace(got.stderr)))
		return
	}
	err := sameBytes(lock, readLock(t, dir))
	tree := readTree(t, dir)
	if !sameTree(t, what, r.want, tree) {
		err = fmt.Errorf("tree %s, want %s", tree.hash, r.want.hash)
	}
	r.reproducedAs(t, what, err)
}

// installed checks one way's tree, before anything runs in it and after, and
// adds its row.
func (r *trial) installed(t *testing.T, way string, u user, dir string, out ran) {
	t.Helper()
	got := readTree(t, dir)
	sameTree(t, way, r.want, got)
	ls, check := u.npmLs(t, dir), u.check(t, dir)
	for _, err := range []error{ls, check} {
		if err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
	packages, sources := parseSummary(t, out.stdout)
	r.report.ways = append(r.report.ways, fmt.Sprintf("%s | %s | %d | %s | %s | %s | %s | %s",
		r.project, way, packages, seconds(out.took), sources, verdict(ls), verdict(check), got.hash))
}

// parseSummary reads what install --json says.
func parseSummary(t *testing.T, stdout string) (packages int, sources string) {
	t.Helper()
	var summary struct {
		Packages int
		Sources  map[string]int64
	}
	if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
		t.Fatalf("install --json says %q: %v", stdout, err)
	}
	var parts []string
	for _, source := range slices.Sorted(maps.Keys(summary.Sources)) {
		if n := summary.Sources[source]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %.1f MB", source, float64(n)/1e6))
		}
	}
	return summary.Packages, strings.Join(parts, ", ")
}

// reproducedAs adds a row on reproduction, and fails the test with its error.
func (r *trial) reproducedAs(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	r.report.reproduced = append(r.report.reproduced, r.project+" | "+what+" | "+verdict(err))
}

func readLock(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "ipnpm-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sameBytes names the first line in which two lockfiles differ.
func sameBytes(want, got []byte) error {
	if string(want) == string(got) {
		return nil
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Errorf("lockfiles differ in line %d: %q, want %q", i+1, b[i], a[i])
		}
	}
	return fmt.Errorf("lockfiles differ in length: %d lines, want %d", len(b), len(a))
}
