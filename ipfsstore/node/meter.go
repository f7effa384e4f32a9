package node

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// meter counts the bytes of all streams and notes when the last came from each
// peer: a message is seen only when it is whole, and a block of 2 MiB over a slow
// line is no silence.
type meter struct {
	metrics.Reporter // what is not counted here is nil and never called
	in, out          atomic.Int64

	mu    sync.Mutex
	heard map[peer.ID]time.Time
}

func newMeter() *meter { return &meter{heard: make(map[peer.ID]time.Time)} }

// LogSentMessage implements metrics.Reporter.
func (m *meter) LogSentMessage(n int64) { m.out.Add(n) }

// LogRecvMessage implements metrics.Reporter.
func (m *meter) LogRecvMessage(n int64) { m.in.Add(n) }

// LogSentMessageStream implements metrics.Reporter.
func (m *meter) LogSentMessageStream(int64, protocol.ID, peer.ID) {}

// LogRecvMessageStream implements metrics.Reporter.
func (m *meter) LogRecvMessageStream(_ int64, _ protocol.ID, p peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard[p] = time.Now()
}

// lastHeard is when bytes last came from the peer.
func (m *meter) lastHeard(p peer.ID) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard[p]
}

// forget keeps no peer that is gone.
func (m *meter) forget(p peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.heard, p)
}
