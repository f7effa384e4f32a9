// Command bench times whole installs: ipnpm beside npm, pnpm, yarn and bun,
// every tool a fresh process with a HOME of its own.
//
//	go run ./bench                                    # alotta-files, everything, on loopback
//	go run ./bench -link both -json out.json -svg out.svg
//	go run ./bench -project modern-app -only bun,ipnpm -situations clean,cache
//	go run ./bench -project monorepo -only npm,pnpm,ipnpm # thirty workspaces: install, build, filter, update
//	go run ./bench -stages                            # each stage of ours alone, and its limit
//	go run ./bench -scale -names 3500000              # how the costs of ours grow
//	go run ./bench -project testdata/parity/projects/webpack -situations lockfile-only -sources registry
//
// # What is installed
//
// -project names a fixture of bench/testdata or any folder with a package.json:
// alotta-files is the project of pnpm's public benchmark without the roots whose
// versions are gone (about 1,300 packages, 48,000 files), modern-app is Vite,
// React, TypeScript, ESLint and Jest, all pinned. The update raises one direct
// dependency: ejs from ^2 to ^3 in the first, which brings packages that no
// other wants, vite by a patch in the second, -update NAME@RANGE in any other.
//
// -project monorepo is made up: thirty workspaces in four layers, with 76 edges
// between them, and modern-app's packages below. It is installed clean, from
// cache and lockfile, and with nothing to do, and three commands are timed that
// only such a project has:
//
//	situation              pnpm                                  ipnpm
//	build one and its own  --filter '@shop/app-1...' run build   run build --filter '@shop/app-1...'
//	build all              --recursive run build                 run build --workspaces --topological
//	update one             --filter X update --latest ejs        update --latest ejs -w X
//
// Both build in the order of the edges; each build reads what those before it
// wrote, and fails where that is missing. npm has no such order and no such
// filter: of it, beside the installs, "install ejs@latest -w X" is timed.
//
// # From where
//
// The registry is a recording: the first request for a document or tarball
// goes to the upstream registry and is kept under -data, every later one is
// answered from memory. An untimed round goes before, so that no timed one
// leaves the machine. ipnpm installs from the same registry, and (-sources)
// from an index of it, which `ipnpm registry mirror` and `publish` put into a
// real Kubo: by the daemon's RPC, or by its port as a trustless gateway; or by
// the one of `ipnpm serve`, on the store of whoever published it. There the
// index is all that it has: no upstream, no other node. From a warm store
// it installs where the situation has a cache.
//
// With -link, a proxy on loopback stands before all of them, the same for
// every tool: half the round trip later in each direction, one rate for all
// connections together, and a round trip for each new connection. The tarballs
// of our lockfile are also fetched alone and thrown away, pipelined on one
// connection, for what no tool can be faster than.
//
// # In which situations
//
// The nine of pnpm's public benchmark, which tell what a tool finds, and one of
// our own:
//
//	situation              cache  lockfile  node_modules  what runs
//	clean                  –      –         –             install
//	cache                  yes    –         –             install
//	lockfile               –      yes       –             frozen
//	cache+lockfile         yes    yes       –             frozen
//	node_modules           –      –         yes           install
//	cache+node_modules     yes    –         yes           install
//	lockfile+node_modules  –      yes       yes           install
//	nothing to do          yes    yes       yes           install
//	update                 yes    yes       yes           install, of another package.json
//	lockfile-only          yes    –         –             the lockfile is written, nothing installed
//
// The cache is HOME with all that the tool keeps there, its store included. The
// frozen form of the command is npm install, pnpm install --frozen-lockfile,
// yarn install --immutable, bun install --frozen-lockfile and ipnpm ci. A cache
// that is missing was at the same path before, as if it had been deleted.
// Scripts are off, layouts the peers' defaults, for yarn its node-modules linker.
//
// # How it is measured
//
// Runs are interleaved: each round takes every tool through all situations. As
// root on Linux each tool's round has an ext4 of its own, made anew in a sparse
// image (-fs), and what earlier runs wrote is on the disk before the next
// starts. Trees are never deleted between runs: on ext4 a recent deletion makes
// each new file an order of magnitude dearer, for every installer alike.
//
// The tables give medians of the wall time, and since machines differ and are
// noisy, the ratios of ipnpm to the fastest other tool of the same run; the
// processor seconds of the process and its children, with the daemon's apart; and the
// peak memory of the largest process, never below the 9 MB of the launcher that
// starts it. The samples of -json also have the processor time of the registry
// and the link (serverCpuMs).
//
// # Stages
//
// With -stages no tool is started: the stages of ours are timed one by one, each
// beside the least that it could take, on the same project, recording and file
// systems; -runs, -data, -work and -fs mean what they mean above. Package
// bench/stages says what the limits are.
//
// # Scale
//
// With -scale the steps of ours are taken through made-up projects of up to
// 10,000 packages and 300 workspaces and through indexes of up to 50,000 names,
// to see what grows faster than they do; -names adds the directories of a larger
// index. Package bench/scale says how they are made.
package main
