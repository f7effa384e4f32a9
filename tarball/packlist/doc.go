// Package packlist decides which files of a folder go into its tarball, by the
// rules of npm 12's npm-packlist, and packs them.
//
// What is published and what a git repository holds are two things: npm packs
// a git dependency before it installs it, and a folder too with
// --install-links. Whoever wants the same tree as npm therefore needs these
// rules to the letter:
//
//   - "files" of package.json lists what is taken, as globs that are expanded
//     at once; a "!glob" takes out again. Without it, .npmignore or else
//     .gitignore says what is left out; in folders below, always.
//   - package.json, README, COPYING, LICENSE and LICENCE at the top, main,
//     browser and the commands of bin come along whatever the rest says.
//   - node_modules, .git, .npmrc, lockfiles and the droppings of editors and
//     operating systems never do.
//   - bundleDependencies come along with all that they depend on, as far as it
//     is in node_modules.
//   - links and other special files are left out.
//
// The rules are lists of patterns, one list a folder and origin; the last that
// matches wins, and the lists of the folders above are asked first. The glob
// language is minimatch's, case-insensitive in rules and exact in "files".
// That npm's own machinery has corners (a path found by a glob is a pattern
// again, a rule of a folder is tried on its children's base names) is part of
// the rules; a differential test holds both equal over generated folders.
//
// It is a package of its own beside tarball, which knows archives and nothing
// of package.json; it depends on tarball for the bytes and on manifest for the
// fields. The folder may be a stranger's: patterns and sizes are bounded, and
// nothing outside of the folder is ever read, not even through a link.
package packlist
