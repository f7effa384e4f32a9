package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// do sends the request until an answer is final. Statuses that are final are
// returned as they are; otherwise the error is a *NetworkError, or what the
// request itself is guilty of (*SizeError, *URLError), or ctx's.
func (c *Client) do(ctx context.Context, r *request) (*response, error) {
	attempts := 1 + c.opts.Retries
	if c.isDown(r.url.Host) {
		attempts = 1
	}
	for n := 1; ; n++ {
		resp, err := c.attempt(ctx, r)
		if resp != nil {
			c.markDown(r.url.Host, false)
		}
		if err == nil && !retryStatus(resp.status) {
			return resp, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if isFinal(err) {
			return nil, err
		}
		if n >= attempts || isHopeless(err) {
			return nil, c.giveUp(r, n, resp, err)
		}
		if err := sleep(ctx, c.delay(n, resp)); err != nil {
			return nil, err
		}
	}
}

// giveUp makes the final error of a request that never got a usable answer.
func (c *Client) giveUp(r *request, attempts int, resp *response, err error) error {
	if err == nil {
		err = &StatusError{URL: redact(r.url), Status: resp.status}
	} else if resp == nil {
		c.markDown(r.url.Host, true)
	}
	return &NetworkError{URL: redact(r.url), Attempts: attempts, Err: err}
}

func (c *Client) isDown(host string) bool {
	_, down := c.down.Load(host)
	return down
}

func (c *Client) markDown(host string, down bool) {
	if down {
		c.down.Store(host, struct{}{})
	} else {
		c.down.Delete(host)
	}
}

// retryStatus is npm's list: timeouts, rate limits, and the server's own
// failures.
func retryStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, 420, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// isFinal: the same request would meet the same refusal, and it is ours.
func isFinal(err error) bool {
	_, size := errors.AsType[*SizeError](err)
	_, url := errors.AsType[*URLError](err)
	return size || url
}

// isHopeless: nothing will change within seconds. There is no such host or no
// network at all, or the server's certificate is not to be trusted.
func isHopeless(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH)
}

// delay is the wait after attempt n: the server's own wish if it has one,
// else min·factorⁿ⁻¹ with up to half of it taken off at random, so that the
// requests that failed together do not return together.
func (c *Client) delay(n int, resp *response) time.Duration {
	if resp != nil {
		if d, ok := retryAfter(resp.header.Get("Retry-After"), time.Now()); ok {
			return min(d, c.opts.MaxTimeout)
		}
	}
	d := float64(c.opts.MinTimeout) * math.Pow(c.opts.RetryFactor, float64(n-1))
	d = min(d, float64(c.opts.MaxTimeout))
	return time.Duration(d * (1 - rand.Float64()/2))
}

// retryAfter reads a Retry-After header: seconds, or a date.
func retryAfter(s string, now time.Time) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if secs, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(secs) * time.Second, true
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
