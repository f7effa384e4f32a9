package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/klauspost/compress/gzip"

	"github.com/ipnpm/ipnpm/registry"
)

// advisoriesPath is npm's bulk endpoint: names with their versions go in, what
// is known against these comes out.
const advisoriesPath = "-/npm/v1/security/advisories/bulk"

// Advisories asks the registry what is known against some versions of packages,
// by name. The errors are those of Packument; a registry that keeps no
// advisories answers with a *StatusError.
func (c *Client) Advisories(ctx context.Context, versions map[string][]string) (registry.Advisories, error) {
	if c.opts.Offline {
		return nil, &OfflineError{What: "the registry's list of advisories"}
	}
	body, err := json.Marshal(versions)
	if err != nil {
		return nil, err
	}
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	if _, err := zip.Write(body); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	u := c.opts.Base.JoinPath(advisoriesPath)
	header := http.Header{"Accept": {"*/*"}, "Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}
	resp, err := c.do(ctx, &request{url: u, header: header, body: zipped.Bytes(), limit: registry.MaxAdvisories})
	if err != nil {
		return nil, err
	}
	if resp.status != http.StatusOK {
		return nil, c.statusError(u, resp.status)
	}
	return registry.ParseAdvisories(resp.body)
}
