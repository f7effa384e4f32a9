// Package cmd is ipnpm's command line: one file a command, each an options
// struct, a constructor for its cobra command and a run function. It is the
// only package that prints, reads the environment and joins the other
// packages together.
//
// The join has one direction, and the files follow it: project.go reads
// package.json and the lockfile, session.go opens the store and the
// registries that the configuration names, pipeline.go takes a project from
// manifest to resolved tree to lockfile to node_modules while fetching
// overlaps all of it, summary.go says what happened. What a package below
// needs from another one (the resolver its index, the installer its tarballs)
// it declares as a small interface, and the adapters stand here.
//
// Exit codes are npm's: 0 for success, 1 for any failure, and for run and
// exec the code of the script. An interrupted command exits with 130.
package cmd
