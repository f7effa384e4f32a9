package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// request is what to ask for, and how much of an answer to accept.
type request struct {
	url    *url.URL
	header http.Header
	// body is what to send, by POST; nil asks by GET.
	body []byte
	// limit is the answer's in bytes after decoding.
	limit int64
}

// response is an answer whose body was read to its end and decoded.
type response struct {
	status int
	header http.Header
	body   []byte
	// packed is the body as it came, where that was by gzip.
	packed []byte
}

// errSilent cancels an attempt in which nothing came for FetchTimeout.
var errSilent = errors.New("the server went silent")

// attempt sends the request once and reads the whole answer. It holds one of
// the client's sockets while it does.
func (c *Client) attempt(ctx context.Context, r *request) (*response, error) {
	release, err := c.acquire(ctx, r.url)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(c.opts.FetchTimeout, func() { cancel(errSilent) })
	defer watchdog.Stop()

	resp, err := c.send(ctx, r)
	if err != nil {
		return nil, silence(ctx, err)
	}
	defer resp.Body.Close()
	out := &response{status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode != http.StatusOK {
		// A little of it, so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		return out, nil
	}
	touched := &touchReader{r: resp.Body, touch: func() { watchdog.Reset(c.opts.FetchTimeout) }}
	err = out.readBody(touched, resp, r)
	return out, silence(ctx, err)
}

func (c *Client) send(ctx context.Context, r *request) (*http.Response, error) {
	method := http.MethodGet
	var body io.Reader
	if r.body != nil {
		method, body = http.MethodPost, bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(c.traced(ctx, r.url), method, r.url.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header = r.header.Clone()
	// Without it, net/http would send its own.
	req.Header.Set("User-Agent", c.opts.UserAgent())
	resp, err := c.http.Do(req)
	if err != nil {
		// *url.Error repeats the whole URL, query and all.
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, err
	}
	return resp, nil
}

// silence replaces the bare "context canceled" of the watchdog by its reason.
func silence(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

// readBody reads and, where it is compressed, decodes a body. An error means
// a broken transfer, except *SizeError.
func (out *response) readBody(body io.Reader, resp *http.Response, r *request) error {
	enc := resp.Header.Get("Content-Encoding")
	zipped := enc == "gzip" || enc == "x-gzip"
	if !zipped && enc != "" && enc != "identity" {
		return fmt.Errorf("content-encoding %.20q was not asked for", enc)
	}
	if resp.ContentLength > r.limit {
		return &SizeError{URL: redact(r.url), Limit: r.limit}
	}
	data, err := readLimited(body, resp.ContentLength, r)
	if err != nil || !zipped {
		out.body = data
		return err
	}
	out.packed = data
	out.body, err = gunzip(data, r)
	return err
}

// maxHint bounds what a header alone can make us allocate.
const maxHint = 32 << 20

func readLimited(r io.Reader, hint int64, req *request) ([]byte, error) {
	var buf bytes.Buffer
	if hint > 0 {
		// One byte more, and bytes.MinRead, spare ReadFrom a last growth.
		buf.Grow(int(min(hint, req.limit, maxHint)) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(r, req.limit+1))
	if err != nil {
		return nil, err
	}
	if n > req.limit {
		return nil, &SizeError{URL: redact(req.url), Limit: req.limit}
	}
	return buf.Bytes(), nil
}

// touchReader reports every read that brought something.
type touchReader struct {
	r     io.Reader
	touch func()
}

func (t *touchReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.touch()
	}
	return n, err
}
