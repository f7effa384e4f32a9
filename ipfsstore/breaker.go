package ipfsstore

import (
	"sync"
	"time"
)

const (
	// maxFailures in a row, with no success between, open a breaker.
	maxFailures = 3
	// restTime is how long it stays open; a long-lived server tries again
	// after it.
	restTime = 30 * time.Second
)

// breaker keeps a run from waiting a thousand times for what has just failed
// three times. The zero value is closed.
type breaker struct {
	mu       sync.Mutex
	failures int
	last     time.Time
}

func (b *breaker) add() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	b.last = time.Now()
}

func (b *breaker) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = 0
}

// open tells whether not to try.
func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures >= maxFailures && time.Since(b.last) < restTime
}
