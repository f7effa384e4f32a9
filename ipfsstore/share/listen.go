package share

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// closeTime is how long answers on their way may take when the server ends.
const closeTime = 3 * time.Second

// Web is a share that listens for HTTP.
type Web struct {
	// Addr is where.
	Addr   string
	server *http.Server
	ended  chan error
}

// Listen serves the share at addr ("127.0.0.1:8801") to no more than conns
// connections at once.
func (s *Share) Listen(ctx context.Context, addr string, conns int, self Self) (*Web, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	at, _ := listener.Addr().(*net.TCPAddr)
	w := &Web{Addr: listener.Addr().String(), ended: make(chan error, 1), server: &http.Server{
		Handler: s.Handler(self, at != nil && at.IP.IsLoopback()), ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	go func() { w.ended <- w.server.Serve(netutil.LimitListener(listener, conns)) }()
	return w, nil
}

// Close ends it, after the answers that are on their way.
func (w *Web) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := w.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = w.server.Close()
	}
	if ended := <-w.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}
