package upstream

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ipnpm/ipnpm/registry"
)

// FullDocument is a package's document as the registry has it, with all that
// is for people to read. It is neither kept nor taken from the cache. The error
// is a *registry.NotFoundError when there is no such package.
func (c *Client) FullDocument(ctx context.Context, name string) ([]byte, error) {
	u, err := c.docURL(name)
	if err != nil {
		return nil, err
	}
	resp, err := c.get(ctx, u, c.opts.MaxDocument)
	if err != nil {
		return nil, err
	}
	if resp.status == http.StatusNotFound {
		return nil, &registry.NotFoundError{Name: name}
	}
	if resp.status != http.StatusOK {
		return nil, c.statusError(u, resp.status)
	}
	return resp.body, nil
}

// get asks for JSON that is not kept.
func (c *Client) get(ctx context.Context, u *url.URL, limit int64) (*response, error) {
	if c.opts.Offline {
		return nil, &OfflineError{What: redact(u)}
	}
	return c.do(ctx, &request{url: u, header: http.Header{"Accept": {acceptFull}}, limit: limit})
}
