// Package projects reads the real projects on which the resolver is compared
// with npm. It is for tests only.
//
// A project is a folder of testdata/parity/projects: the package.json of its
// root and of its workspaces, the dependencies that today's generators write;
// an .npmrc where npm needs one; and in npm.tree what npm made of it, one
// location a line with name@version, the lockfile's flags, and the target of a
// link:
//
//	node_modules/a a@1.0.0 dev optional
//	node_modules/web web@0.1.0 link -> apps/web
//
// A name stands there as in npm's lockfile: only where the location does not
// tell it.
//
// All projects share the recording testdata/parity/registries/projects.jsonl.zst
// (see registrytest.Recording), the documents that npm asked for. It has no
// prereleases that nobody asks for, no digests and no tarballs.
//
// Trees and recording are made together, by npm itself over a registry that
// records; anew with
//
//	go test -tags record -v -timeout 60m ./internal/projects
//
// which takes the registry that npm is configured for, and then lets npm
// resolve everything again from the recording alone: both trees must be equal.
package projects
