package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// StallError says that a peer went silent for longer than a network step may
// take: the time to the first byte, or between two reads.
type StallError struct{ After time.Duration }

// Error tells how long was waited.
func (e *StallError) Error() string { return fmt.Sprintf("no answer for %v", e.After) }

// Timeout marks the error as a time-out, as net.Error does.
func (e *StallError) Timeout() bool { return true }

// step bounds the silence in one exchange rather than its length: a slow line
// may take its time, a dead one may not.
type step struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	wait   time.Duration
}

func newStep(ctx context.Context, wait time.Duration) *step {
	ctx, cancel := context.WithCancelCause(ctx)
	stall := func() { cancel(&StallError{After: wait}) }
	return &step{ctx: ctx, cancel: cancel, timer: time.AfterFunc(wait, stall), wait: wait}
}

// end releases the step, and the connection if its body was not read out.
func (s *step) end() {
	s.timer.Stop()
	s.cancel(context.Canceled)
}

// cause replaces the bare "context canceled" of a stalled exchange.
func (s *step) cause(err error) error {
	var stall *StallError
	if err != nil && errors.As(context.Cause(s.ctx), &stall) {
		return stall
	}
	return err
}

// read takes up to limit bytes; more is an error.
func (s *step) read(r io.Reader, limit int) ([]byte, error) {
	buf := make([]byte, 0, min(limit+1, 64<<10))
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		s.timer.Reset(s.wait)
		switch {
		case len(buf) > limit:
			return nil, fmt.Errorf("answer of more than %d bytes", limit)
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return nil, s.cause(err)
		}
	}
}

// reader reads on, each read of which may take the step's time.
func (s *step) reader(r io.Reader) io.Reader { return stepReader{s, r} }

type stepReader struct {
	step *step
	from io.Reader
}

// Read implements io.Reader.
func (r stepReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.step.timer.Reset(r.step.wait)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.step.cause(err)
	}
	return n, err
}

// newTransport keeps as many idle connections as requests run at once: with
// the two of http.DefaultTransport most requests would dial anew.
func newTransport(conns int) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: max(conns, 64),
		IdleConnTimeout:     60 * time.Second,
		DisableCompression:  true,
		ForceAttemptHTTP2:   true,
	}
}

// slots bounds the requests in flight to one source over all callers.
type slots chan struct{}

func (s slots) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) free() { <-s }
