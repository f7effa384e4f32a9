// Package recorder is an npm registry on loopback that remembers. What it has
// not been asked for yet it fetches from the upstream registry and keeps in a
// folder; from then on it answers from there. A measured or checked install
// therefore never leaves the machine after the first run, and every tool, HOME
// and run sees the same registry in the same state: two lockfiles that differ
// differ because of the tool, not because somebody published in between.
//
// It is for benchmarks and acceptance runs. Tests take their packages from
// internal/registrytest, which needs no network at all.
package recorder
