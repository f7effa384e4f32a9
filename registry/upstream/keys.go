package upstream

import (
	"context"
	"net/http"

	"github.com/ipnpm/ipnpm/registry"
)

// keysPath is where npm's registry, and those that sign as it does, list their
// public keys.
const keysPath = "-/npm/v1/keys"

// maxKeys bounds that list in bytes; npm's has 1 kB.
const maxKeys = 1 << 20

// SigningKeys asks the registry for the keys that it signs versions with. A
// registry that signs none has none, which npm takes 404 and 400 for.
func (c *Client) SigningKeys(ctx context.Context) ([]registry.SigningKey, error) {
	if c.opts.Offline {
		return nil, &OfflineError{What: "the registry's list of signing keys"}
	}
	u := c.opts.Base.JoinPath(keysPath)
	resp, err := c.do(ctx, &request{url: u, header: http.Header{"Accept": {"application/json"}}, limit: maxKeys})
	switch {
	case err != nil:
		return nil, err
	case resp.status == http.StatusNotFound, resp.status == http.StatusBadRequest:
		return nil, nil
	case resp.status != http.StatusOK:
		return nil, c.statusError(u, resp.status)
	}
	return registry.ParseSigningKeys(resp.body)
}
