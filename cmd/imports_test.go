package cmd

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowedImports is the DAG of ARCHITECTURE.md: which of our packages each
// of our packages may import. A package that is not here fails the test, so
// that a new one is a decision.
func allowedImports() map[string][]string {
	all := []string{"*"}
	return map[string][]string{
		"cmd/ipnpm":             {"cmd"},
		"cmd/ipnpx":             {"cmd"},
		"cmd/ipnpm-peers":       {"cmd", "ipfsstore/embedded"},
		"cmd":                   all,
		"ipfsstore/embedded":    {"ipfsstore", "ipfsstore/node", "ipfsstore/peering", "ipfsstore/share"},
		"ipfsstore/peering":     {"ipfsstore"},
		"bench":                 {"registry/upstream", "internal/kubotest", "internal/recorder", "bench/stages", "bench/scale"},
		"bench/scale":           {"manifest", "resolve", "registry", "registry/unixfs", "lockfile", "tarball", "ipfsstore", "install", "install/virtual"},
		"bench/stages":          {"manifest", "resolve", "resolve/npmrange", "resolve/pick", "registry", "registry/upstream", "lockfile", "tarball", "tarball/inflate", "ipfsstore", "install", "install/virtual", "internal/dirat"},
		"config":                {"internal/atomicfile"},
		"docs":                  {},
		"lockfile":              {"internal/atomicfile", "internal/par"},
		"lockfile/foreign":      {"lockfile", "manifest"},
		"tarball":               {"tarball/inflate", "internal/dirat"},
		"tarball/inflate":       {},
		"tarball/packlist":      {"manifest", "tarball", "internal/lateregexp"},
		"resolve/npmrange":      {},
		"gitrepo":               {"resolve/npmrange", "internal/lateregexp"},
		"internal/atomicfile":   {},
		"internal/dirat":        {},
		"internal/flight":       {},
		"internal/lateregexp":   {},
		"internal/largepages":   {},
		"internal/par":          {},
		"internal/sealed":       {"internal/par"},
		"manifest":              {"resolve/npmrange", "internal/atomicfile", "internal/lateregexp"},
		"manifest/weblinks":     {"manifest"},
		"patch":                 {"lockfile", "resolve/npmrange", "tarball"},
		"audit":                 {"lockfile", "manifest", "registry", "resolve/npmrange", "resolve/pick", "tree"},
		"sbom":                  {"lockfile", "tree"},
		"bundle":                {"lockfile", "registry", "registry/unixfs"},
		"registry/unixfs":       {},
		"workspaces":            {"manifest", "resolve/npmrange", "internal/lateregexp"},
		"registry":              {"manifest", "registry/page", "registry/unixfs"},
		"registry/page":         {},
		"registry/upstream":     {"registry", "manifest", "tarball/inflate", "internal/dirat", "internal/flight"},
		"registry/mirror":       {"registry", "registry/upstream", "tarball", "internal/atomicfile", "internal/flight"},
		"registry/publish":      {"registry", "manifest", "tarball", "resolve/npmrange"},
		"registry/view":         {"resolve/npmrange", "internal/lateregexp"},
		"ipfsstore":             {"tarball", "internal/dirat"},
		"ipfsstore/node":        {"ipfsstore", "ipfsstore/peering"},
		"ipfsstore/share":       {"ipfsstore"},
		"resolve/answers":       {"resolve", "internal/sealed"},
		"resolve/pick":          {"manifest", "registry", "resolve/npmrange"},
		"resolve":               {"manifest", "registry", "lockfile", "resolve/npmrange", "resolve/pick", "internal/flight", "internal/par"},
		"install/lifecycle":     {"manifest"},
		"install/virtual":       {"internal/dirat"},
		"install/globals":       {"lockfile", "manifest"},
		"install":               {"lockfile", "manifest", "tarball", "install/lifecycle", "install/virtual", "internal/dirat", "internal/par", "internal/sealed"},
		"tree":                  {"lockfile", "manifest", "resolve"},
		"query":                 {"lockfile", "manifest", "resolve/npmrange", "tree", "internal/lateregexp"},
		"tree/explain":          {"manifest", "resolve/npmrange", "tree"},
		"tree/outdated":         {"lockfile", "manifest", "registry", "resolve/pick", "tree"},
		"tree/funding":          {"manifest", "tree"},
		"tree/listing":          {"lockfile", "manifest", "resolve/npmrange", "tree"},
		"tree/diagram":          {"tree", "tree/explain", "tree/listing"},
		"internal/registrytest": {"registry", "tarball", "manifest", "internal/npmoracle", "internal/signing"},
		"internal/signing":      {},
		"internal/kubotest":     {},
		"internal/npmoracle":    {},
		"internal/parity":       {"internal/registrytest", "internal/npmoracle"},
		"internal/packuments":   {"manifest", "registry", "resolve/pick"},
		"internal/projects":     {"manifest"},
		"internal/recorder":     {},
		"internal/acceptance":   {},
	}
}

const module = "github.com/ipnpm/ipnpm/"

// TestImports holds the tree to the DAG, so that for one `ci` cannot come to
// resolve, nor the resolver to fetch.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := allowedImports()
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		may, known := allowed[pkg]
		if !known {
			t.Errorf("package %s is not in the DAG", pkg)
			continue
		}
		for _, imported := range fields[1:] {
			ours, ok := strings.CutPrefix(imported, module)
			if ok && !slices.Contains(may, ours) && !slices.Contains(may, "*") {
				t.Errorf("%s imports %s", pkg, ours)
			}
		}
	}
}

// TestNetworkImports keeps third-party networks where they belong.
func TestNetworkImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	only := map[string][]string{
		"github.com/ipfs/go-ipfs-api":               {"ipfsstore"},
		"github.com/spf13/cobra":                    {"cmd"},
		"github.com/schollz/progressbar/v3":         {"cmd"},
		"github.com/ipfs/boxo/ipns":                 {"ipfsstore", "ipfsstore/node", "ipfsstore/peering", "ipfsstore/share"},
		"github.com/libp2p/go-libp2p/core/crypto":   {"ipfsstore", "ipfsstore/node", "ipfsstore/peering"},
		"github.com/libp2p/go-libp2p/p2p/net/swarm": {"ipfsstore/node"},
		"github.com/ipfs/boxo/bitswap/server":       {"ipfsstore/node"},
		"github.com/libp2p/zeroconf/v2":             {"ipfsstore/node"},
		"github.com/libp2p/go-libp2p-kad-dht":       {"ipfsstore/node"},
		"net/http":                                  {"ipfsstore", "ipfsstore/share", "registry/upstream", "internal/registrytest", "internal/kubotest", "internal/recorder", "bench", "bench/scale"},
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		for _, imported := range fields[1:] {
			if may, limited := only[imported]; limited && !slices.Contains(may, pkg) {
				t.Errorf("%s imports %s, which only %s may", pkg, imported, strings.Join(may, ", "))
			}
		}
	}
}

// TestWithoutLibp2p keeps out of ipnpm, of which each command pays for each
// package, what only ipnpm-peers is for.
func TestWithoutLibp2p(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"cmd/ipnpm", module+"cmd/ipnpx").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, heavy := range []string{
		"github.com/libp2p/go-libp2p/p2p/net/swarm", "github.com/ipfs/boxo/bitswap/message",
		"github.com/prometheus/client_golang/prometheus", "github.com/quic-go/quic-go", module + "ipfsstore/node", module + "ipfsstore/share",
	} {
		if slices.Contains(deps, heavy) {
			t.Errorf("cmd/ipnpm comes with %s", heavy)
		}
	}
	if len(deps) < 100 {
		t.Errorf("%d packages: %s", len(deps), out)
	}
}

// TestArchitecture compares the DAG with the table in ARCHITECTURE.md, whose
// last column has the last parts of the names, "–" for none.
func TestArchitecture(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		rows[strings.Trim(cells[1], " `")] = strings.Split(strings.TrimSpace(cells[3]), ", ")
	}
	for pkg, imports := range allowedImports() {
		row, listed := rows[pkg]
		if slices.Equal(imports, []string{"*"}) || !listed && testOnly(pkg) {
			continue
		}
		want := []string{"–"}
		if len(imports) > 0 {
			want = want[:0]
		}
		for _, i := range imports {
			want = append(want, path.Base(i))
		}
		slices.Sort(want)
		slices.Sort(row)
		if !slices.Equal(row, want) {
			t.Errorf("ARCHITECTURE.md says that %s imports %q, the DAG %q", pkg, row, want)
		}
	}
}

// testOnly are the packages that the page sums up in one row.
func testOnly(pkg string) bool {
	return pkg == "bench" || strings.HasPrefix(pkg, "bench/") || strings.HasPrefix(pkg, "internal/")
}
