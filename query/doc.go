// Package query finds packages of a tree by npm's dependency selectors, which
// have the syntax of CSS: `.dev > #react`, `:root > *:not(.workspace)`,
// `:semver(^16, :attr(engines, [node]))`.
//
// # Language
//
//   - #name  .kind  [attribute op value]  :pseudo(…)   what a package is
//     a > b   a b   a ~ b                                 below, somewhere below, beside
//     a, b                                                either
//
// Kinds are prod, dev, optional, peer, bundled and workspace. Attributes are
// those of package.json; operators are = ^= $= *= ~= |=, and an i before the
// bracket makes letters' case count for nothing. The pseudo selectors are :root
// :scope :is :not :has :attr :semver :type :path :empty :private :link :deduped
// :overridden :extraneous :invalid :missing :outdated :vuln.
//
// A selector is evaluated from left to right, each part sifting what the part
// before it found; after a combinator all packages are candidates for the next
// part. [Parse] reads a query that comes from a command line, bounded in length
// and depth; [Query.Select] evaluates it. What the two take for what is checked
// against the cases of npm's own tests.
package query
