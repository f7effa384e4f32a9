//go:build acceptance

package acceptance

import (
	"os"
	"path/filepath"
	"testing"
)

// airGap carries a project's bundle to an empty HOME that has no network: what
// it is told of as its registry is nobody.
func (l *lab) airGap(t *testing.T, project string) {
	near, far := l.user(t, "airgap", "home-near"), l.user(t, "airgap", "home-far")
	from, to := l.checkout(t, project, "airgap", "near"), l.checkout(t, project, "airgap", "far")
	registry := "--registry=" + l.registry.URL()
	near.ipnpm(t, from, "install", registry)
	file := filepath.Join(l.work, "airgap", "app.car")
	made := near.ipnpm(t, from, "bundle", "create", "-o", file, registry)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the bundle of %s has %d bytes, made in %s", project, info.Size(), seconds(made.took))

	offline := []string{registry, "--offline", "--ipfs=embedded"}
	run := func(args ...string) { far.ipnpm(t, to, append(args, offline...)...) }
	run("bundle", "import", file, "--save-lockfile")
	if err := sameBytes(readLock(t, from), readLock(t, to)); err != nil {
		t.Error(err)
	}
	run("ci")
	want := readTree(t, from)
	sameTree(t, "ci across the air gap", want, readTree(t, to))
	if err := far.check(t, to); err != nil {
		t.Error(err)
	}
	run("add", "ms")
	for _, name := range []string{"node_modules", "ipnpm-lock.json"} {
		if err := os.Rename(filepath.Join(to, name), filepath.Join(l.work, "airgap", name+".old")); err != nil {
			t.Fatal(err)
		}
	}
	run("install")
	if err := far.check(t, to); err != nil {
		t.Error(err)
	}
}
