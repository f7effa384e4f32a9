//go:build unix && !(linux && (amd64 || arm64))

package dirat

import "golang.org/x/sys/unix"

func (d *Dir) lstatat(name string, st *unix.Stat_t) error {
	return unix.Fstatat(d.fd, name, st, unix.AT_SYMLINK_NOFOLLOW)
}
