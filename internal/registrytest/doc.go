// Package registrytest is an npm registry on loopback for tests and
// benchmarks. It serves what tests give it, the way npm's registry would:
// abbreviated and full documents with ETags, gzip, tarballs; and, when told
// to, it fails the way registries do.
//
//	s := registrytest.New(t)
//	s.Add(map[string]string{
//		"package.json": `{"name": "a", "version": "1.0.0"}`,
//		"index.js":     "module.exports = 'a'\n",
//	})
//	// point a client at s.URL
//	s.Inject("a", registrytest.Fault{On: registrytest.Tarballs, Corrupt: true, Times: 1})
//	// … and afterwards look at s.Requests()
//
// # Sources
//
// A package is a set of files with a package.json, packed reproducibly, so
// its integrity and CID are the same in every run. In a txtar archive the
// files of one package lie at the top, or those of several in a folder each.
// A file .registry.json beside package.json is not packed: it is a [Meta],
// what only the registry knows.
//
// ServeDir serves recorded documents and tarballs instead of built ones.
package registrytest
