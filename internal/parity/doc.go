// Package parity measures how far ipnpm does what npm does. It is for tests
// only.
//
// A fixture is a project, a registry and some commands. Real npm and our own
// binary run the same commands, each in a folder and with a home of its own,
// against one static registry on loopback; after every command the outcomes
// are compared: exit status and error code, every folder of node_modules with
// what lies in it, the entries and flags of the lockfile, the links in .bin,
// package.json as saved, and what npm itself says of both trees (ls, query).
//
// # Fixtures
//
// A fixture is a txtar archive, testdata/parity/<group>/<name>.txtar. Its
// comment says what it is about, then how to play it, one "key: value" a line:
//
//	run: install --legacy-peer-deps   a command, for npm and ipnpm alike
//	write: FILE from FILE             replaces a file of the project by another
//	delete: FILE                      removes a file or folder of the project
//	publish: FILE                     adds the packages of a file like registry
//	unpublish: NAME VERSION
//	tag: NAME TAG VERSION
//	fault: NAME …                     see registrytest.ParseFault
//
// These happen in their order. Anywhere may stand
//
//	registry: NAME    documents of testdata/parity/registries/NAME.jsonl.zst,
//	                  for what the fixture's own registry does not have
//	in: FOLDER        where the commands run; the top of the project by default
//	differs: WHY      we mean to differ, and must
//
// The file registry of the archive lists packages, one a line, as
// [registrytest.LineFiles] reads them. Every other file belongs to the
// project. One whose name ends in .tgz is written as such a line too and
// packed; $REGISTRY in a file stands for the registry's address, which ends
// in a slash. Scripts do not run unless the project's .npmrc says
// ignore-scripts=false.
package parity
