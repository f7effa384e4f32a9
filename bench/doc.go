// Command bench times whole installs: ipnpm beside npm, pnpm and bun, every
// tool a fresh process with a HOME of its own, all from one registry on
// loopback.
//
//	go run ./bench -project testdata/projects/eslint-jest -runs 5
//
// Resolution alone, of a large project:
//
//	go run ./bench -project testdata/parity/projects/webpack -situations lockfile-only
//
// The registry records: the first request for a document or tarball goes to
// the upstream registry and is kept under -data, every later one is answered
// from there, so a timed run never leaves the machine. Runs of the tools are
// interleaved, and the table gives medians and, since machines differ and are
// noisy, the ratios of ipnpm, hoisted and linked, to the fastest of the others
// in the same run. The peers' layouts are their defaults.
//
// Trees of earlier runs are never deleted between runs: on ext4 a recent
// deletion makes each new file an order of magnitude dearer, for every
// installer alike.
package main
