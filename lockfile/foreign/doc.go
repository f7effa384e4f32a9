// Package foreign reads the lockfiles of pnpm, Yarn and bun.
//
// None of the three says where a package lies in node_modules, at least not in
// npm's words; what they have in common is a graph: which version each
// dependency of each package got. That is what [Parse] returns, as a
// [lockfile.Graph], and the resolver places it as npm would have. So a project
// that comes from another package manager keeps its versions and gets npm's
// layout. (npm's own lockfiles have locations, and are read by the package
// lockfile itself.)
//
// # What is read
//
//   - pnpm-lock.yaml of lockfileVersion 6 to 9 (pnpm 8 and newer). Peer suffixes,
//     "react-dom@18.2.0(react@18.2.0)", tell apart what is one package to npm,
//     and are cut off: npm's placement finds the peers anew.
//   - yarn.lock of Yarn 1, which is of a format of its own, and of Yarn 2 and
//     newer (__metadata.version 4 to 10), which is YAML. Yarn 1 does not list
//     the project itself, so its package.json files are part of the input.
//   - bun.lock, JSON with commas after the last member. bun.lockb, which bun
//     wrote before 1.2, is binary and bun alone can convert it.
//
// Integrity is taken over where it is that of the registry's tarball: always
// from pnpm and bun, from Yarn 1 with what it has (in old files SHA-1 alone);
// never from Yarn 2 and newer, whose checksums are of zip archives that it
// makes itself.
//
// # What is not
//
// A pnpmfile, Yarn's patches, and overrides that are not npm's cannot be taken
// over. They are named in [lockfile.Graph.Unmapped] and never dropped in silence;
// of patches of pnpm and bun [lockfile.Graph.Patched] says which count. Folders, workspaces and files of the project have no pin, since the
// package.json says all there is to know of them.
//
// A lockfile comes from strangers, by pull request. Its size and depth are
// limited, YAML may have no aliases (no manager writes any, and they are how a
// small file becomes a large one), and every name and version is checked before
// it leaves this package.
package foreign
