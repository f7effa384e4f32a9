package install

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockFile keeps two installs in one project apart. It is never removed: a
// lock on a file that another has unlinked keeps nobody out.
const lockFile = ".ipnpm-lock"

// lockPoll is how often a waiting install tries again.
const lockPoll = 50 * time.Millisecond

// lockProject makes node_modules and takes the project's lock, after waiting
// for whoever has it. The kernel frees it when the process dies.
func lockProject(ctx context.Context, o Options) (unlock func(), err error) {
	dir := filepath.Join(o.Root, modules)
	if err := makeDir(dir); err != nil {
		return nil, explain(err)
	}
	path := filepath.Join(dir, lockFile)
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o644))
	ok, err := l.TryLock()
	if err == nil && !ok {
		if o.Waiting != nil {
			o.Waiting(path)
		}
		_, err = l.TryLockContext(ctx, lockPoll)
	}
	if err != nil {
		return nil, explain(err)
	}
	return func() { _ = l.Close() }, nil
}
