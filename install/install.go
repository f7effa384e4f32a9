package install

import (
	"context"

	"github.com/ipnpm/ipnpm/lockfile"
)

// Fetcher brings a tarball's bytes, verified against both the CID and the
// integrity of the lockfile entry. The location ("node_modules/a") serves
// error messages.
type Fetcher interface {
	Tarball(ctx context.Context, location string, pkg *lockfile.Package) ([]byte, error)
}

// Platform is what os, cpu and libc fields are matched against, in Node's
// words: "linux", "x64", "glibc".
type Platform struct {
	OS, CPU, Libc string
}

// Reporter hears how far the work is. Implementations must be safe for
// concurrent use. A phase's total may grow while it runs.
type Reporter interface {
	// Phase starts ("fetch", "extract", "link", "scripts") with its total in
	// items, 0 when unknown.
	Phase(name string, total int)
	// Step says that one item of the phase is done, n bytes of it.
	Step(phase, item string, n int64)
}
