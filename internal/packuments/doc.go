// Command packuments makes the shared registries of the parity fixtures, cut from
// the test data of others down to what the fixtures reach:
//
//	go run ./internal/packuments -fixtures testdata/parity -o testdata/parity/registries/arborist.jsonl.zst \
//	    -mocks $A/registry-mocks/content \
//	    -packages $A/testing-peer-dep-conflict-chain,$A/sequental-peer-dep-tree-shuffling,$A/testing-rebuild-bundle
//	go run ./internal/packuments -fixtures testdata/parity -o testdata/parity/registries/pnpm.jsonl.zst \
//	    -packages $P/packages
//
// where A is workspaces/arborist/test/fixtures of npm/cli, some of whose
// packages have no document, and P is pnpm/registry-mock.
//
// The fixtures that name the registry are read for all that they may ask for:
// the dependencies of their projects, what their lockfiles have, the arguments
// of their commands. For each range the version is kept that npm would pick,
// and its dependencies are followed in turn; so a cut document answers every
// question of the fixtures as the whole one does. Of a version only that is
// kept which resolving and installing read.
//
// testdata/parity/README.md says which commits were used, and their licences.
package main
