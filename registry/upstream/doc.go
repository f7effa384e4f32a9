// Package upstream is the HTTPS client of an npm-compatible registry: package
// documents and tarballs, and nothing else.
//
// # Documents
//
// A document is asked for in npm's abbreviated form (the "corgi"), or in full
// where publish times are needed, and kept in a [Cache] on disk. A cached
// document is used as npm would: without a question while it is younger than
// the max-age that the registry gave it, after an If-None-Match revalidation
// otherwise, and as it is, with the client marked [Client.Degraded], when the
// registry cannot be reached at all. What cannot be parsed is never cached.
//
// # Trust
//
// Everything a registry says is hostile: bodies have size limits, only http
// and https URLs are followed, and a redirect never leads from https to http.
// Credentials belong to a host and a path prefix (npm's "nerf dart"), are
// looked up anew for every request, and are not sent once a redirect has left
// the host that was asked. A tarball on another host is fetched without any.
// Tarballs are returned unverified: package mirror compares them with the
// document's digest.
//
// # Patience
//
// Network errors, 408, 420, 429 and 5xx are retried with exponential back-off
// and jitter, as far as npm's fetch-retries keys say; other answers are final.
// Once a host has used up all attempts of one request, later requests to it
// get a single attempt each until it answers again, so that a thousand
// packages do not each wait out a minute on a train.
package upstream

// npmDomain is the one place in this program that spells npm's domain out.
const npmDomain = "npmjs.org"

// DefaultHost is the host of npm's public registry, the host that the default
// [ReplaceHost] replaces.
const DefaultHost = "registry." + npmDomain

// DefaultRegistry is the base URL of npm's public registry.
const DefaultRegistry = "https://" + DefaultHost + "/"
