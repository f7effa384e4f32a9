package upstream

import (
	"context"
	"encoding/json"
	"net/http"
)

// Where npm's registry, and those that do as it does, tell that they are there,
// and as whom they know who asks.
const (
	pingPath   = "-/ping"
	whoamiPath = "-/whoami"
)

// maxAccount bounds what they answer, in bytes.
const maxAccount = 64 << 10

// Ping asks for a sign of life. What the registry adds to it is often nothing.
func (c *Client) Ping(ctx context.Context) (map[string]any, error) {
	u := c.opts.Base.JoinPath(pingPath)
	resp, err := c.get(ctx, u, maxAccount)
	if err != nil {
		return nil, err
	}
	if resp.status != http.StatusOK {
		return nil, c.statusError(u, resp.status)
	}
	details := map[string]any{}
	if json.Unmarshal(resp.body, &details) != nil || details == nil {
		return map[string]any{}, nil //nolint:nilerr // it lives, whatever it says
	}
	return details, nil
}

// Whoami is the user's name, "" when the registry does not tell.
func (c *Client) Whoami(ctx context.Context) (string, error) {
	u := c.opts.Base.JoinPath(whoamiPath)
	resp, err := c.get(ctx, u, maxAccount)
	if err != nil {
		return "", err
	}
	if resp.status != http.StatusOK {
		return "", c.statusError(u, resp.status)
	}
	var answer struct {
		Username string `json:"username"`
	}
	if err := json.Unmarshal(resp.body, &answer); err != nil {
		return "", &DocumentError{URL: redact(u), Err: err}
	}
	return answer.Username, nil
}
