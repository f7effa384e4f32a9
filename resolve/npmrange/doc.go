// Package npmrange answers which versions a range of npm means, and means by
// it exactly what node-semver 7.8 means (the `semver` package that npm 12
// carries), down to its quirks: the ranges in package.json files, lockfiles
// and registries were all written against that one implementation, and a tree
// that differs from npm's in one version is wrong however sensible the
// difference.
//
// Versions are Masterminds' *semver.Version, so that callers hold one type,
// but nothing else of that library is used here: its constraints differ from
// npm's in "", "||", prereleases, ">x" and ">=1, <2", its parser takes "1.2"
// for a version, and its order falls apart on prerelease numbers beyond 64
// bits. ParseVersion and Compare are the ones to use.
//
// # How a range is read
//
// node-semver rewrites the text in steps with regular expressions. The steps
// are kept here in their order, because their order is observable ("1.2.3*" is
// =1.2.3, "> 1 - 2" is an error), but are done by scanning, and each is skipped
// when a look at the text shows that it has nothing to do:
//
//	white space  runs become one blank (spaces.go)
//	||           splits into alternatives
//	1.2.3+build  loses its build (rewrite.go)
//	1 - 2        a hyphen range becomes two comparators (rewrite.go)
//	> 1, ~ 1     blanks after operators go (rewrite.go)
//	^ ~ x        become one or two comparators (desugar.go)
//	>=1.2.3      comparators, of which all in an alternative must hold (range.go)
//
// A version with a prerelease satisfies an alternative only if one of its
// comparators names a prerelease of the same major.minor.patch, unless
// Options.IncludePrerelease is set.
//
// # Limits
//
// Ranges come from strangers' package.json files. A version is at most 256
// characters and its numbers at most 2^53-1, as in node-semver; a range is at
// most 16 KiB (node-semver knows no limit). Both are read in linear time but
// for the comparators of one alternative, which are compared with each other
// to drop repetitions.
package npmrange
