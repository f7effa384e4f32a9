package ipfsstore

import (
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// Usage counts the verified blocks that one source brought. The store's own
// disk counts as [OwnStore].
type Usage struct {
	Source string
	Blocks int64
	Bytes  int64
	// Busy is how long at least one question to the source was open; 0 for the
	// disk, which is not timed.
	Busy time.Duration
}

// OwnStore is the name of the store's own disk in a [Usage] and a
// [SourceError].
const OwnStore = "local store"

// Served says that a source brought one verified block.
type Served struct {
	CID    cid.Cid
	Bytes  int
	Source string
	// After is the time since the source was asked, 0 for the disk.
	After time.Duration
}

// Meter keeps a [Usage]. It is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	usage Usage
	open  int       // questions
	since time.Time // there was none
}

// NewMeter starts at nothing.
func NewMeter(source string) *Meter { return &Meter{usage: Usage{Source: source}} }

// Add counts one block, or one file, of n bytes.
func (m *Meter) Add(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Blocks++
	m.usage.Bytes += int64(n)
}

// Begin opens a question, which the function that it returns closes. Questions
// that are open at the same time are counted once.
func (m *Meter) Begin() (end func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open == 0 {
		m.since = time.Now()
	}
	m.open++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.open--; m.open == 0 {
			m.usage.Busy += time.Since(m.since)
		}
	}
}

// Usage so far; a question that is still open counts up to now.
func (m *Meter) Usage() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.usage
	if m.open > 0 {
		u.Busy += time.Since(m.since)
	}
	return u
}
