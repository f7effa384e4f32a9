package upstream

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

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

// searchPath is where npm's registry is searched, and others that do as it does.
const searchPath = "-/v1/search"

// maxSearch bounds what a search answers, in bytes.
const maxSearch = 16 << 20

// Search asks the registry for packages about which it knows the words of a
// text, and returns its answer. A registry that cannot be searched is a
// *StatusError.
func (c *Client) Search(ctx context.Context, text string, limit int) ([]byte, error) {
	u := c.opts.Base.JoinPath(searchPath)
	// The weights are npm's own, by which other registries do not go.
	u.RawQuery = url.Values{"text": {text}, "size": {strconv.Itoa(limit)}, "from": {"0"},
		"quality": {"0.65"}, "popularity": {"0.98"}, "maintenance": {"0.5"}}.Encode()
	resp, err := c.get(ctx, u, maxSearch)
	if err != nil {
		return nil, err
	}
	if resp.status != http.StatusOK {
		return nil, c.statusError(u, resp.status)
	}
	return resp.body, nil
}
