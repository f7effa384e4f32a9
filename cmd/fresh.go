package cmd

import (
	"maps"
	"slices"
	"time"
)

// maxRecordAge is how long npm's registry lets its documents be used unasked, and
// what Kubo signs as the TTL of a record.
const maxRecordAge = 5 * time.Minute

// takeFresh has registries under IPNS names keep to the state that this machine
// knows for as long as its record says (https://specs.ipfs.tech/ipns/ipns-record/,
// TTL), as npm does with documents and their max-age. It is for an install that is
// asked for nothing new: all others want to know what there is now.
func (s *session) takeFresh() {
	if !s.cfg.Bool("prefer-online") {
		s.recordAge = maxRecordAge
	}
}

// askAgain has registries ask for their newest state, and tells whether one of them
// did not: what cannot be resolved with the state that it took may be with a newer.
func (s *session) askAgain() bool {
	s.mu.Lock()
	registries := slices.Collect(maps.Values(s.registries))
	s.mu.Unlock()
	again := false
	for _, r := range registries {
		if index, ok := r.(*indexRegistry); ok && index.forget() {
			again = true
		}
	}
	return again
}
