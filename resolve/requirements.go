package resolve

import (
	"hash/maphash"
	"sync"
)

// requirements are the specs that were parsed. They are asked for some times for each
// package of a lockfile, on all processors, which one lock would have stand in line: they
// lie in several maps, by name.
type requirements struct {
	seed  maphash.Seed
	parts [16]struct {
		mu sync.Mutex
		of map[want]*requirement
	}
}

// newRequirements has room for what so many packages ask for.
func newRequirements(packages int) *requirements {
	r := &requirements{seed: maphash.MakeSeed()}
	for i := range r.parts {
		r.parts[i].of = make(map[want]*requirement, 2*packages/len(r.parts))
	}
	return r
}

// parsed is nil for what nobody has parsed yet.
func (r *requirements) parsed(key want) *requirement {
	part := &r.parts[r.part(key)]
	part.mu.Lock()
	defer part.mu.Unlock()
	return part.of[key]
}

// remember returns the first that was parsed, which may be another's.
func (r *requirements) remember(key want, parsed *requirement) *requirement {
	part := &r.parts[r.part(key)]
	part.mu.Lock()
	defer part.mu.Unlock()
	if first := part.of[key]; first != nil {
		return first
	}
	part.of[key] = parsed
	return parsed
}

func (r *requirements) part(key want) uint64 {
	return maphash.String(r.seed, key.name) % uint64(len(r.parts))
}
