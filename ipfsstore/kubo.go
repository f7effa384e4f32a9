package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	shell "github.com/ipfs/go-ipfs-api"
)

// KuboOptions tune [Kubo]; the zero value is good.
type KuboOptions struct {
	// Offline asks only for what the daemon holds itself; otherwise it looks
	// for missing blocks among its peers, which takes seconds a block.
	Offline bool
	// Concurrency bounds the requests in flight; 0 means 32.
	Concurrency int
	// Wait bounds the silence in one request; 0 means 10 seconds.
	Wait time.Duration
	// Authorization is sent as that header, for a daemon whose RPC asks for
	// it (Kubo's API.Authorizations).
	Authorization string
	// Transport replaces the built-in one, which uses no proxy.
	Transport http.RoundTripper
}

const (
	defaultKuboConcurrency = 32
	defaultWait            = 10 * time.Second
)

// KuboSource is a Kubo daemon behind its RPC (/api/v0), a [Source],
// [LocalSource] and [RecordPutter].
type KuboSource struct {
	addr  string
	shell *shell.Shell
	opt   KuboOptions
	slots slots
	// searches notes the blocks that peers did not bring.
	searches breaker
}

// Kubo makes a source of the daemon whose RPC listens at addr: a multiaddr as
// in $IPFS_PATH/api ("/ip4/127.0.0.1/tcp/5001", "/unix/…"), "host:port", or an
// http(s) URL. Nothing is dialled.
func Kubo(addr string, opt KuboOptions) (*KuboSource, error) {
	addr = strings.TrimRight(strings.TrimSpace(addr), "/")
	if addr == "" {
		return nil, errors.New("no address of a Kubo RPC")
	}
	if opt.Concurrency <= 0 {
		opt.Concurrency = defaultKuboConcurrency
	}
	if opt.Wait <= 0 {
		opt.Wait = defaultWait
	}
	url, rt := kuboTransport(addr, opt)
	return &KuboSource{
		addr:  addr,
		shell: shell.NewShellWithClient(url, &http.Client{Transport: rt}),
		opt:   opt,
		slots: make(slots, opt.Concurrency),
	}, nil
}

// kuboTransport gives the address as the shell wants it, and the transport.
// A unix socket is dialled here, since the shell sets its own dialer only on a
// bare *http.Transport.
func kuboTransport(addr string, opt KuboOptions) (string, http.RoundTripper) {
	rt := opt.Transport
	if rt == nil {
		t := newTransport(opt.Concurrency)
		if path, ok := strings.CutPrefix(addr, "/unix/"); ok {
			addr = "http://unix"
			t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", "/"+path)
			}
		}
		rt = t
	}
	return addr, &rpcTransport{next: rt, authorization: opt.Authorization}
}

// rpcTransport adds the authorization and turns answers that no Kubo gives
// into errors: the shell would print them to standard error.
type rpcTransport struct {
	next          http.RoundTripper
	authorization string
}

// RoundTrip implements http.RoundTripper.
func (t *rpcTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.authorization != "" {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", t.authorization)
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if resp.StatusCode == http.StatusNotFound || kind == "text/plain" || kind == "application/json" {
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, fmt.Errorf("answered %s as %q: no Kubo RPC", resp.Status, kind)
}

// Name is "Kubo at <address>".
func (k *KuboSource) Name() string { return "Kubo at " + k.addr }

// Local is true when the source asks only for what the daemon holds.
func (k *KuboSource) Local() bool { return k.opt.Offline }

// Version asks the daemon for its version ("0.42.0").
func (k *KuboSource) Version(ctx context.Context) (string, error) {
	var out struct{ Version string }
	err := k.exec(ctx, k.shell.Request("version"), &out)
	return out.Version, err
}

// Blocks implements [Source] by block/get, one request a block: first for what
// the daemon holds itself, which it tells at once, then, unless
// [KuboOptions.Offline], for the rest among its peers. A block that these do
// not bring within [KuboOptions.Wait] counts as absent; after a few such
// blocks in a row peers are not asked for a while.
func (k *KuboSource) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	absent, err := k.held(ctx, cids, yield)
	if err != nil || k.opt.Offline || len(absent) == 0 {
		return err
	}
	return withWorkers(ctx, min(k.opt.Concurrency, len(absent)), absent, func(c cid.Cid) error {
		if k.searches.open() {
			return nil
		}
		b, err := k.block(ctx, c, false)
		if stall := new(StallError); errors.As(err, &stall) || errors.Is(err, ErrNotFound) {
			k.searches.add()
			return nil
		}
		if err != nil {
			return err
		}
		k.searches.clear()
		return yield(b)
	})
}

// held hands over the blocks in the daemon's repository and returns the rest.
func (k *KuboSource) held(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) ([]cid.Cid, error) {
	var mu sync.Mutex
	var absent []cid.Cid
	err := withWorkers(ctx, min(k.opt.Concurrency, len(cids)), cids, func(c cid.Cid) error {
		b, err := k.block(ctx, c, true)
		if errors.Is(err, ErrNotFound) {
			mu.Lock()
			defer mu.Unlock()
			absent = append(absent, c)
			return nil
		}
		if err != nil {
			return err
		}
		return yield(b)
	})
	return absent, err
}

func (k *KuboSource) block(ctx context.Context, c cid.Cid, offline bool) (blocks.Block, error) {
	req := k.shell.Request("block/get", c.String()).Option("offline", offline)
	data, err := k.bytes(ctx, req, MaxBlock)
	if err != nil {
		return nil, err
	}
	return blocks.NewBlockWithCid(data, c)
}

// bytes sends a request whose answer is plain bytes, up to limit of them.
func (k *KuboSource) bytes(ctx context.Context, req *shell.RequestBuilder, limit int) ([]byte, error) {
	if err := k.slots.take(ctx); err != nil {
		return nil, err
	}
	defer k.slots.free()
	st := newStep(ctx, k.opt.Wait)
	resp, err := req.Send(st.ctx)
	if err != nil {
		err = st.cause(err)
		st.end()
		return nil, err
	}
	// Close drains the body: cut the connection first if it is not read out.
	defer resp.Close()
	defer st.end()
	if resp.Error != nil {
		return nil, rpcError(resp.Error)
	}
	return st.read(resp.Output, limit)
}

// exec sends a request whose answer is one JSON value.
func (k *KuboSource) exec(ctx context.Context, req *shell.RequestBuilder, out any) error {
	st := newStep(ctx, k.opt.Wait)
	defer st.end()
	err := req.Exec(st.ctx, out)
	var rpc *shell.Error
	if errors.As(err, &rpc) {
		return rpcError(rpc)
	}
	return st.cause(err)
}

// rpcError marks the answers that mean absence.
func rpcError(e *shell.Error) error {
	if saysAbsent(e.Message) {
		return fmt.Errorf("%w: %w", ErrNotFound, e)
	}
	return e
}

// saysAbsent reads Kubo's words for absence, since neither its RPC nor its
// gateway has codes for all of them: "block was not found locally (offline):
// ipld: could not find …", "routing: not found", "datastore: key not found".
func saysAbsent(message string) bool {
	for _, words := range []string{"could not find", "not found locally", "routing: not found", "key not found"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}
