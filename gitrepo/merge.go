package gitrepo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Side is one of the texts of a merge, and what the marks of a conflict call it.
type Side struct {
	Label string
	Text  []byte
}

// maxConflicts is the highest exit code of `git merge-file` that counts conflicts.
const maxConflicts = 127

// Merge makes of a text what two changes of it make together, as git merges a
// file; it needs no repository. Where the changes overlap it is not clean, and
// shows both between git's marks.
func (w WorkTree) Merge(ctx context.Context, ours, base, theirs Side) (merged []byte, clean bool, err error) {
	dir, err := os.MkdirTemp("", "ipnpm-merge-")
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	args, files := []string{"merge-file", "--stdout"}, []string{"--"}
	for i, side := range [...]Side{ours, base, theirs} {
		file := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(file, side.Text, 0o600); err != nil {
			return nil, false, err
		}
		args, files = append(args, "-L", side.Label), append(files, file)
	}
	out, err := w.run(ctx, "merge the changes of "+base.Label+" in", append(args, files...)...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 && exit.ExitCode() <= maxConflicts {
		return []byte(out), false, nil
	}
	return []byte(out), err == nil, err
}
