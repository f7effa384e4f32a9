// Package page writes what people see of a registry: /index.html of an index, and
// the list of its packages in /browse.
//
// The page is one file with its style and its script, and asks nobody but the
// gateway that it came from. What it shows of one package it reads from that
// package's document, where the index has it anyway; what it shows of earlier
// states, from theirs.
//
// A list of 50,000 names is too long for a page, and must not be written anew for
// each change. So it is cut into files of some hundred names, each a plain page of
// its own for whoever has no script, and the source of the search for who has. The
// cuts are made where a hash of a name says so: they depend on the names only, not
// on the order in which those came, and a change touches the file that it is in.
// Of a short list the page has all, of a long one the names where its files begin.
//
// Everything in the documents is a stranger's text. Go escapes what it writes, the
// script makes text and never markup, and a content security policy lets no
// other script run, should either be wrong.
package page
