package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// link is a line to somewhere far away: what goes through it takes half the
// round trip longer, and all connections together get its rate, in either
// direction. A new connection costs a round trip, as a handshake does. Loss and
// slow start it has not.
type link struct {
	delay    time.Duration // one way
	up, down line
}

// line is one direction: bytes leave it one after the other.
type line struct {
	perByte time.Duration

	mu   sync.Mutex
	free time.Time
}

// slack is how much of a wait that took too long may be caught up with; the
// clock of the system is not exact.
const slack = 2 * time.Millisecond

// queue is how far ahead of the line its sender may be, as in a router's buffer. It
// waits there while this program waits for a processor, which the tools under measure
// keep busy: without it the line of who works beside it idled for a tenth of the time.
const queue = 10 * time.Millisecond

// chunk is how much a connection sends before it is another's turn.
const chunk = 16 << 10

func newLink(roundTrip time.Duration, mbits float64) *link {
	perByte := time.Duration(8e3 / mbits * float64(time.Nanosecond))
	return &link{delay: roundTrip / 2, up: line{perByte: perByte}, down: line{perByte: perByte}}
}

// reserve says when n bytes, ready now, have left.
func (l *line) reserve(n int, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if earliest := now.Add(-slack); l.free.Before(earliest) {
		l.free = earliest
	}
	l.free = l.free.Add(time.Duration(n) * l.perByte)
	return l.free
}

// proxy listens on a free port of loopback and carries connections over the
// link to the address to, until the context ends. It returns its own address.
func (l *link) proxy(ctx context.Context, to string) (string, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(ctx, client, to)
		}
	}()
	return listener.Addr().String(), nil
}

func (l *link) carry(ctx context.Context, client net.Conn, to string) {
	established := time.Now().Add(2 * l.delay)
	var d net.Dialer
	server, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		_ = client.Close()
		return
	}
	stop := context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { l.pipe(server, client, &l.up, established) })
	both.Go(func() { l.pipe(client, server, &l.down, established) })
	both.Wait()
	_, _ = client.Close(), server.Close()
}

// parcel is on its way until it is due; an empty one is the end.
type parcel struct {
	data []byte
	due  time.Time
}

// pipe copies until the source ends. It reads as far ahead of the line as its queue
// is long, so that what is under way is bounded by rate and delay.
func (l *link) pipe(to, from net.Conn, by *line, notBefore time.Time) {
	parcels := make(chan parcel, 1024)
	go func() {
		defer close(parcels)
		for {
			data := make([]byte, chunk)
			n, err := from.Read(data)
			if n > 0 {
				now := time.Now()
				if now.Before(notBefore) {
					time.Sleep(notBefore.Sub(now))
					now = notBefore
				}
				left := by.reserve(n, now)
				parcels <- parcel{data[:n], left.Add(l.delay)}
				time.Sleep(time.Until(left.Add(-queue)))
			}
			if err != nil {
				parcels <- parcel{due: time.Now().Add(l.delay)}
				return
			}
		}
	}()
	err := deliver(to, parcels)
	if err != nil {
		_ = from.Close()
	}
	for range parcels { // the reader must come to its end
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
	}
}

// deliver writes each parcel when it is due.
func deliver(to io.Writer, parcels <-chan parcel) error {
	for p := range parcels {
		time.Sleep(time.Until(p.due))
		if len(p.data) == 0 {
			continue
		}
		if _, err := to.Write(p.data); err != nil {
			return err
		}
	}
	return nil
}
