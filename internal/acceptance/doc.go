// Package acceptance holds the run that says whether the main job is done: the
// real projects of testdata/projects, installed by the real binary from the
// real npm registry (as internal/recorder keeps it) and from an index that a
// real Kubo publishes, read back by npm and run by Node.
//
//	make acceptance
//
// Three things are shown, and one table of them printed. Ways: each project
// gives the same tree, byte for byte, with nothing configured, from ipns:// and,
// with the publisher stopped, from the consumer's own store. Reproduction: the
// lockfile is the same bytes whichever source served it, and ci makes the tree
// from it when neither index nor IPNS can be reached. Kills: an install that is
// killed at any moment is put right by the next.
//
// TestMirror mirrors two thousand packages, and tells wall time and memory.
//
// Besides, npm, pnpm and bun install one of the projects from the gateway alone.
//
// It needs the network once, then only the recording under .cache/recording,
// and some minutes; therefore it stands behind the build tag acceptance.
package acceptance
