// Package kubotest starts real Kubo daemons for tests: the wire protocols,
// error words and quirks of the daemon that users run are what the code must
// stand, and a fake only repeats its author's beliefs.
//
// Each [Node] has its own repository under t.TempDir, free ports on loopback,
// no bootstrap peers, no telemetry, and is killed when the test ends. It is
// started with --offline unless [Options.Online] is set: it then publishes and
// resolves from its own datastore and dials nobody.
//
// [StartIn] is the same for programs that measure, without a test around it.
//
// The binary is the one that tools/kubo pins. It is built once, which takes
// minutes, into $IPNPM_TOOLS, or .cache/tools under the module's root.
package kubotest
