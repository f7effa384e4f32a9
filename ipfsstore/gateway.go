package ipfsstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// GatewayOptions tune [Gateway]; the zero value is good.
type GatewayOptions struct {
	// Concurrency bounds the requests in flight; 0 means 64.
	Concurrency int
	// Retries of a request that failed in a way that may pass (a broken
	// connection, 429, 5xx); 0 means 2, negative none.
	Retries int
	// Backoff before the first retry, doubled for each further one; 0 means
	// 100 ms. A Retry-After of up to 5 s is followed.
	Backoff time.Duration
	// Wait bounds the silence in one request; 0 means 10 seconds.
	Wait time.Duration
	// Local marks a gateway on this machine that may be asked offline.
	Local bool
	// Transport replaces the built-in one, which uses no proxy.
	Transport http.RoundTripper
}

const (
	defaultGatewayConcurrency = 64
	defaultRetries            = 2
	defaultBackoff            = 100 * time.Millisecond
	maxRetryAfter             = 5 * time.Second
	maxRedirects              = 4
)

// GatewaySource is a trustless HTTP gateway
// (https://specs.ipfs.tech/http-gateways/trustless-gateway/), a [Source].
type GatewaySource struct {
	base   *url.URL
	client *http.Client
	opt    GatewayOptions
	slots  slots
}

// Gateway makes a source of the gateway at base, an http(s) URL under which
// /ipfs and /ipns lie. Nothing is dialled.
func Gateway(base string, opt GatewayOptions) (*GatewaySource, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(base), "/"))
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("gateway %q is not an http(s) URL", base)
	}
	if opt.Concurrency <= 0 {
		opt.Concurrency = defaultGatewayConcurrency
	}
	if opt.Retries == 0 {
		opt.Retries = defaultRetries
	}
	if opt.Backoff <= 0 {
		opt.Backoff = defaultBackoff
	}
	if opt.Wait <= 0 {
		opt.Wait = defaultWait
	}
	if opt.Transport == nil {
		opt.Transport = newTransport(opt.Concurrency)
	}
	client := &http.Client{Transport: opt.Transport, CheckRedirect: checkRedirect}
	return &GatewaySource{base: u, client: client, opt: opt, slots: make(slots, opt.Concurrency)}, nil
}

// checkRedirect follows a few redirects (gateways send from path to
// subdomain), never from https to http.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("redirect from https to %s", req.URL.Scheme)
	}
	return nil
}

// Name is "gateway <URL>", without user and password.
func (g *GatewaySource) Name() string { return "gateway " + g.base.Redacted() }

// Local is what [GatewayOptions.Local] says.
func (g *GatewaySource) Local() bool { return g.opt.Local }

// Blocks implements [Source] by ?format=raw, one request a block.
func (g *GatewaySource) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	return withWorkers(ctx, min(g.opt.Concurrency, len(cids)), cids, func(c cid.Cid) error {
		data, err := g.get(ctx, "/ipfs/"+c.String()+"?format=raw", "application/vnd.ipld.raw", MaxBlock)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return err
		}
		return yield(b)
	})
}

const recordType = "application/vnd.ipfs.ipns-record"

// Record implements [Source] by /ipns/{name}?format=ipns-record, and by the
// delegated routing API (/routing/v1/ipns/{name}) where that has nothing.
func (g *GatewaySource) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	data, err := g.get(ctx, "/ipns/"+name.String()+"?format=ipns-record", recordType, ipns.MaxRecordSize)
	if !errors.Is(err, ErrNotFound) {
		return data, err
	}
	return g.get(ctx, "/routing/v1/ipns/"+name.String(), recordType, ipns.MaxRecordSize)
}

// get fetches a path under the base, trying again when that may help.
func (g *GatewaySource) get(ctx context.Context, path, accept string, limit int) ([]byte, error) {
	for try := 0; ; try++ {
		data, err := g.once(ctx, path, accept, limit)
		var temp *temporaryError
		if !errors.As(err, &temp) || try >= g.opt.Retries {
			return data, err
		}
		pause := max(g.opt.Backoff<<try, temp.after)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// temporaryError is a failure that may pass.
type temporaryError struct {
	err   error
	after time.Duration
}

func (e *temporaryError) Error() string { return e.err.Error() }
func (e *temporaryError) Unwrap() error { return e.err }

// DAG implements dagSource by ?format=car, and only for a root that the gateway
// has: what it would have to look for itself, it would look for block by block.
func (g *GatewaySource) DAG(ctx context.Context, root cid.Cid, path string, yield func(blocks.Block) error) error {
	st := newStep(ctx, min(g.opt.Wait, dagWait))
	defer st.end()
	at := g.base.JoinPath("ipfs", root.String(), path)
	at.RawQuery = "format=car&dag-scope=all"
	req, err := http.NewRequestWithContext(st.ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.ipld.car; version=1; order=dfs; dups=n")
	req.Header.Set("Cache-Control", "only-if-cached")
	resp, err := g.client.Do(req)
	if err != nil {
		return st.cause(err)
	}
	defer resp.Body.Close()
	err = statusError(resp)
	if resp.StatusCode == http.StatusPreconditionFailed {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	car, err := openCAR(bufio.NewReaderSize(st.reader(resp.Body), 256<<10))
	if err != nil {
		return err
	}
	return readCAR(car, yield)
}

// dagWait bounds the silence in a DAG's answer, which many wait for.
const dagWait = 2 * time.Second

func (g *GatewaySource) once(ctx context.Context, path, accept string, limit int) ([]byte, error) {
	if err := g.slots.take(ctx); err != nil {
		return nil, err
	}
	defer g.slots.free()
	st := newStep(ctx, g.opt.Wait)
	defer st.end()
	req, err := http.NewRequestWithContext(st.ctx, http.MethodGet, g.base.String()+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, g.broken(ctx, st.cause(err))
	}
	defer resp.Body.Close()
	if err := statusError(resp); err != nil {
		return nil, err
	}
	data, err := st.read(resp.Body, limit)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, g.broken(ctx, err)
	}
	return data, err
}

// broken makes a failed exchange worth another try, unless the caller gave
// up, or the time was used up already.
func (g *GatewaySource) broken(ctx context.Context, err error) error {
	var stall *StallError
	if ctx.Err() != nil || errors.As(err, &stall) {
		return err
	}
	return &temporaryError{err: err}
}

// statusError sorts the status codes: absence (404, 410, 451 and 504, which
// gateways give when they looked and did not find in time), trouble that may
// pass, trouble that will not.
func statusError(resp *http.Response) error {
	err := fmt.Errorf("answered %s", resp.Status)
	if resp.StatusCode == http.StatusOK {
		return typeError(resp)
	}
	text := excerpt(resp)
	switch code := resp.StatusCode; {
	case code == http.StatusNotFound, code == http.StatusGone,
		code == http.StatusUnavailableForLegalReasons, code == http.StatusGatewayTimeout:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case code == http.StatusInternalServerError && saysAbsent(text):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case code == http.StatusTooManyRequests, code >= 500:
		return &temporaryError{err: err, after: retryAfter(resp)}
	}
	return err
}

// typeError makes an absence of the 200 with plain text by which the routing
// API says that it found no record (IPIP-513). Blocks are not asked for their
// type: they have a hash.
func typeError(resp *http.Response) error {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if resp.Request.Header.Get("Accept") == recordType && kind != recordType {
		return fmt.Errorf("%w: answered with %q", ErrNotFound, kind)
	}
	return nil
}

// excerpt is the beginning of an error's body; an offline Kubo tells only
// there that it has no record of a name. A connection whose answer was not read
// is closed, and the next request would have to wait for another.
func excerpt(resp *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
	return string(text)
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}
