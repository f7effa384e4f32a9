// Package mirror is the lazy local mirror of one upstream registry, and the
// maker of deliberate ones.
//
// # Lazy
//
// Every install from an https registry leaves something behind: the tarballs
// as UnixFS blocks in the machine's own store, known by digest, and a slice of
// each package's document in a small local index of the same form as any
// published one. So what was installed once installs again without the
// registry (from the store, by digest), resolves again without it (from the
// index, when neither registry nor cached document can be had), and can be
// handed to others by CID.
//
// Answers from the index are second best: it holds only versions that were
// once used here. That they were needed is remembered, see [Mirror.Degraded],
// for somebody to tell the user once.
//
// # Deliberate
//
// [Mirror.Add] brings a whole resolve closure and puts it into the index of a
// registry that is going to be published.
//
// # State
//
// The local index is blocks in the store plus one small state file naming its
// root. Two processes may record at once: a lock file makes them take turns,
// and each begins from the other's root. Damaged or missing state costs
// nothing but the offline fall-back, and is begun anew.
//
// A digest that changes for a published name@version is never recorded: the
// error is a *registry.DigestError.
package mirror
