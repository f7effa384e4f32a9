// Package view is what `view` shows of a package document: the versions that
// are meant, each with what the document says of all, and the fields that are
// asked for, by paths such as dist.tarball, maintainers[0].name or
// maintainers.email. Text writes values as Node's util.inspect does, which is
// how npm prints what is no string.
package view
