//go:build unix && !linux

package dirat

import "golang.org/x/sys/unix"

func (d *Dir) openat(name string, flags int, perm uint32) (int, error) {
	return unix.Openat(d.fd, name, flags, perm)
}

func (d *Dir) mkdirat(name string, perm uint32) error { return unix.Mkdirat(d.fd, name, perm) }

func (d *Dir) linkat(name string, to *Dir, newName string) error {
	return unix.Linkat(d.fd, name, to.fd, newName, 0)
}

func (d *Dir) symlinkat(target, name string) error { return unix.Symlinkat(target, d.fd, name) }

func (d *Dir) renameat(name, newName string) error {
	return unix.Renameat(d.fd, name, d.fd, newName)
}

func (d *Dir) write(fd int, b []byte) (int, error) { return unix.Write(fd, b) }

func (d *Dir) close(fd int) error { return unix.Close(fd) }
