// Package diagram draws who depends on whom of a tree, as SVG and in the
// language of Graphviz (DOT).
//
// A [Diagram] holds no more than what is drawn: boxes, arrows, and the kind of
// each. [OfListing] makes one of what `ls` shows, [OfDependents] of what `why`
// does. A link and what it leads to are one box, and so are equal wishes for a
// package that is missing.
//
// # Layout
//
// The SVG is laid out here, in columns from left to right, in the four steps
// that layered drawings have had since Sugiyama: circles are broken by turning
// those arrows round that lead back to where a depth-first walk is; a box stands
// one column to the right of the rightmost that leads to it, and an arrow across
// several columns has a place of its own in each; the columns are sorted by where
// their neighbours are, several times to and fro; and the heights are the
// closest to those of the neighbours that keep order and distance. Between
// columns arrows are curves, within one they are level, so that none crosses a
// box. Ties go by the order of the nodes: equal trees give equal bytes.
//
// What is wanted of big trees is for Graphviz, which knows better layouts.
//
// # What strangers wrote
//
// Names and ranges come from package.json files. What is no sign (control
// characters, those that turn the direction of writing, broken UTF-8) is
// replaced, and each format's own quoting is done in one place, [escaped] for
// XML and [quoted] for DOT.
package diagram
