package npmoracle

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The npm that ours is measured against, and the Node that runs it.
const (
	NPMVersion  = "12.2.0"
	NodeVersion = "24.21.0"
)

// NPM returns the folder of npm itself, for its modules and bin/npm-cli.js.
func NPM(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(Install(tb, "npm", NPMVersion), "node_modules", "npm")
}

// Node returns the Node to run it with. It comes from the package that holds
// it for this platform; the package "node" would need its install script.
func Node(tb testing.TB) string {
	tb.Helper()
	platform := strings.NewReplacer("windows", "win", "amd64", "x64").Replace(runtime.GOOS + "-" + runtime.GOARCH)
	name := "node-" + platform
	file := filepath.Join("bin", "node")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	return filepath.Join(Install(tb, name, NodeVersion), "node_modules", name, file)
}
