// Package sbom writes a project's software bill of materials, in the two formats
// that `npm sbom` has: CycloneDX 1.5 and SPDX 2.3, in npm's shapes. What npm does
// not know is added where the formats have a place for it: the CID of each
// package's tarball, by which anybody can fetch the very bytes.
//
// A document depends on its input alone. Its number is made of its content, and
// its time is the caller's, who takes it from SOURCE_DATE_EPOCH where that is set.
package sbom
