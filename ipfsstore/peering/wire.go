package peering

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/ipfs/go-cid"
	yamux "github.com/libp2p/go-yamux/v5"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// Protocol names what the two processes speak; it changes with it.
const Protocol = "peers/1"

// question is what begins a stream; one of its fields is set.
type question struct {
	Options *Options `json:",omitempty"`
	Add     []string `json:",omitempty"`
	// Blocks are CIDs in binary.
	Blocks [][]byte `json:",omitempty"`
	// Record is an IPNS name.
	Record string `json:",omitempty"`
}

// answer is one of those to a question, beside its data.
type answer struct {
	// CID is a block's, in binary.
	CID []byte `json:",omitempty"`
	// From is whose the IPNS record is.
	From string `json:",omitempty"`
	// Done says that nothing more comes. Then Failure is set after a failure, and
	// Liars are all peers that were dropped until now.
	Done    bool     `json:",omitempty"`
	Failure *failure `json:",omitempty"`
	Liars   []lie    `json:",omitempty"`
}

// lie is an [ipfsstore.SourceError] with a [LieError].
type lie struct{ Peer, Err string }

// failure is an error that came from the other process: what it says, and
// whether it is one of those that callers tell from others.
type failure struct {
	Text     string
	NotFound bool
}

func newFailure(err error) *failure {
	if err == nil {
		return nil
	}
	return &failure{Text: err.Error(), NotFound: errors.Is(err, ipfsstore.ErrNotFound)}
}

// Error is what it says.
func (f *failure) Error() string { return f.Text }

// Unwrap returns what it is.
func (f *failure) Unwrap() error {
	if f.NotFound {
		return ipfsstore.ErrNotFound
	}
	return nil
}

func inBinary(cids []cid.Cid) [][]byte {
	out := make([][]byte, len(cids))
	for i, c := range cids {
		out[i] = c.Bytes()
	}
	return out
}

// session is how both ends use yamux: the other is on this machine, and when it
// is gone the pipe says so, for which no pings are needed.
func session() *yamux.Config {
	c := yamux.DefaultConfig()
	c.EnableKeepAlive = false
	c.LogOutput = io.Discard
	return c
}

// pipes are two ends of pipes as the one connection that yamux works on. They
// have no addresses, and deadlines would not be kept on every system: who holds
// up the other process is its own, and is ended with it.
type pipes struct {
	io.Reader
	io.Writer
	close func() error
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

func (p pipes) Close() error                   { return p.close() }
func (pipes) LocalAddr() net.Addr              { return pipeAddr{} }
func (pipes) RemoteAddr() net.Addr             { return pipeAddr{} }
func (pipes) SetDeadline(time.Time) error      { return nil }
func (pipes) SetReadDeadline(time.Time) error  { return nil }
func (pipes) SetWriteDeadline(time.Time) error { return nil }
