package cmd

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// machinesProject is a project to show the three machines with, for figures: it
// is mirrored from the npm registry of the environment.
var machinesProject = flag.String("machines", "", "mirror, serve and install this project `FOLDER`")

// TestThreeMachines is what sharing is for. A mirrors a project's packages,
// publishes the registry and serves, with the upstream cut. B, which knows the
// registry's name and nothing else, installs from A. B serves, A goes, and C
// installs from B. Where this process may make network namespaces they are three
// machines on one bridge, found by mDNS; otherwise three users of loopback, who
// are told the address. It logs the bytes of each source, and how long it took.
func TestThreeMachines(t *testing.T) {
	// They are installed from npm's registry, which the project's hides.
	npm := []string{npmoracle.Node(t), filepath.Join(npmoracle.NPM(t), "bin", "npm-cli.js")}
	project, cut := upstreamProject(t)
	lan := newLAN(t)
	a, b, c := lan.machine("a"), lan.machine("b"), lan.machine("c")
	timeNPM(t, npm, project)

	a.here("registry", "create", "team")
	a.here("registry", "mirror", "--package-json", filepath.Join(project, "package.json"))
	var name struct{ IPNS string }
	unmarshal(t, a.here("registry", "publish", "team", "--json"), &name)
	cut()
	for _, m := range []*machine{b, c} {
		m.project(project, name.IPNS)
	}

	serving := a.serve()
	b.install("A")
	serving.stop(t)
	serving = b.serve()
	c.install("B")
	serving.stop(t)

	for _, file := range []string{"ipnpm-lock.json", "node_modules/.package-lock.json"} {
		if !bytes.Equal(b.read(file), c.read(file)) {
			t.Errorf("%s of B and C differ", file)
		}
	}
}

// timeNPM says how long npm takes for the same project from a registry on
// loopback, with nothing cached.
func timeNPM(t *testing.T, npm []string, project string) {
	dir := t.TempDir()
	data, err := os.ReadFile(filepath.Join(project, "package.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "package.json"), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), npm[0], npm[1], "install", "--cache="+filepath.Join(dir, "cache"), "--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts")
	c.Dir = dir
	start := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("npm: %v\n%s", err, out)
	}
	t.Logf("npm installed the same from a registry on loopback in %.2f s", time.Since(start).Seconds())
}

// upstreamProject is the project and what cuts its registry off.
func upstreamProject(t *testing.T) (dir string, cut func()) {
	if *machinesProject != "" {
		return *machinesProject, func() {}
	}
	f := newForest(t, "hoisted")
	t.Setenv("npm_config_registry", f.server.URL)
	return f.project(t.TempDir(), "p0", "p1", "p2"), f.server.Close
}

// lan is the network that the machines are in.
type lan struct {
	t *testing.T
	// bridge is the name of the bridge, "" without namespaces.
	bridge string
	// peer is the address of who serves, for those who cannot look around.
	peer     string
	machines int
}

func newLAN(t *testing.T) *lan {
	n := &lan{t: t, bridge: fmt.Sprintf("ipnpm%d", os.Getpid()%100000)}
	if err := ip("link", "add", n.bridge, "type", "bridge", "mcast_snooping", "0"); err != nil {
		t.Logf("no network namespaces (%v): the machines are on loopback", err)
		n.bridge = ""
		return n
	}
	t.Cleanup(func() { _ = ip("link", "del", n.bridge) })
	if err := ip("link", "set", n.bridge, "up"); err != nil {
		t.Fatal(err)
	}
	return n
}

// ip runs the command that sets networks up.
func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// machine is a network namespace, or a user of loopback, with a home of its own.
type machine struct {
	lan             *lan
	name, home, dir string
	prefix          []string // of the commands that run on it
}

func (n *lan) machine(name string) *machine {
	n.machines++
	m := &machine{lan: n, name: strings.ToUpper(name), home: n.t.TempDir(), dir: n.t.TempDir()}
	if n.bridge == "" {
		return m
	}
	space := n.bridge + name
	steps := [][]string{
		{"netns", "add", space},
		{"link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space},
		{"link", "set", space, "master", n.bridge, "up"},
		{"-n", space, "link", "set", "lo", "up"},
		{"-n", space, "addr", "add", fmt.Sprintf("10.77.0.%d/24", n.machines), "dev", "eth0"},
		{"-n", space, "link", "set", "eth0", "up"},
	}
	n.t.Cleanup(func() { _ = ip("netns", "del", space) })
	for _, step := range steps {
		if err := ip(step...); err != nil {
			n.t.Fatal(err)
		}
	}
	m.prefix = []string{"ip", "netns", "exec", space}
	return m
}

// command is ipnpm with the machine's home.
func (m *machine) command(prefix []string, args ...string) *exec.Cmd {
	line := slices.Concat(prefix, []string{"ipnpm"}, args)
	c := exec.Command(line[0], line[1:]...)
	c.Dir = m.dir
	for _, key := range []string{"PATH", "npm_config_registry"} {
		c.Env = append(c.Env, key+"="+os.Getenv(key))
	}
	c.Env = append(c.Env, "HOME="+m.home)
	return c
}

// here runs a command of the machine where the upstream is, before it is cut.
func (m *machine) here(args ...string) []byte {
	m.lan.t.Helper()
	c := m.command(nil, args...)
	var failure bytes.Buffer
	c.Stderr = &failure
	out, err := c.Output()
	if err != nil {
		m.lan.t.Fatalf("%s: ipnpm %s: %v\n%s", m.name, strings.Join(args, " "), err, failure.Bytes())
	}
	return out
}

// project makes the machine's own copy, with the registry's name in .npmrc.
func (m *machine) project(from, name string) {
	m.lan.t.Helper()
	data, err := os.ReadFile(filepath.Join(from, "package.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(m.dir, "package.json"), data, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(m.dir, ".npmrc"), []byte("registry=ipns://"+name+"\n"), 0o644)
	}
	if err != nil {
		m.lan.t.Fatal(err)
	}
}

// install installs with nothing configured but the name, and holds that all came
// from the machine that serves.
func (m *machine) install(from string) {
	t := m.lan.t
	t.Helper()
	args := []string{"install", "--json"}
	if m.lan.bridge == "" {
		args = append(args, "--no-ipfs-lan", "--ipfs-peers="+m.lan.peer)
	}
	c := m.command(m.prefix, args...)
	c.Env = slices.DeleteFunc(c.Env, func(kv string) bool { return strings.HasPrefix(kv, "npm_config_") })
	var failure bytes.Buffer
	c.Stderr = &failure
	start := time.Now()
	out, err := c.Output()
	took := time.Since(start)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", m.name, err, out, failure.Bytes())
	}
	var done struct {
		Packages int
		Sources  map[string]int64
	}
	unmarshal(t, out, &done)
	var parts []string
	for _, source := range slices.Sorted(maps.Keys(done.Sources)) {
		if bytes := done.Sources[source]; bytes > 0 {
			parts = append(parts, source+" "+size(bytes))
		}
	}
	t.Logf("%s installed %d packages from %s in %.2f s: %s", m.name, done.Packages, from, took.Seconds(), strings.Join(parts, " · "))
	if done.Sources["peers"] == 0 || len(parts) > 2 {
		t.Errorf("%s did not install from peers alone: %v", m.name, done.Sources)
	}
}

func (m *machine) read(file string) []byte {
	m.lan.t.Helper()
	data, err := os.ReadFile(filepath.Join(m.dir, file))
	if err != nil {
		m.lan.t.Fatal(err)
	}
	return data
}

// serve shares the machine's store.
func (m *machine) serve() *testServe {
	m.lan.t.Helper()
	args := []string{"serve", "--json", "--gateway-listen=127.0.0.1:0"}
	if m.lan.bridge == "" {
		args = append(args, "--no-ipfs-lan", "--listen=/ip4/127.0.0.1/tcp/0")
	}
	s := startServe(m.lan.t, m.command(m.prefix, args...))
	m.lan.peer = s.Addrs[0]
	return s
}

func unmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
}
