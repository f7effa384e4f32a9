package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// maxProvided is how many gateways of those that one index names are used.
const maxProvided = 8

type askingIndexKey struct{}

// asking marks what is asked under the context as being for the index.
func (r *indexRegistry) asking(ctx context.Context) context.Context {
	return context.WithValue(ctx, askingIndexKey{}, r)
}

// isAsking tells whether something is asked for the index.
func (r *indexRegistry) isAsking(ctx context.Context) bool { return ctx.Value(askingIndexKey{}) == r }

// addProviders makes sources of those that an index names as having its content:
// gateways come after the configured ones, and peers are dialled first. A gateway
// is asked for what the index leads to and for nothing else: what a project has
// from other registries, private ones among them, is none of its business.
func (s *session) addProviders(index *indexRegistry, named []string) error {
	s.addPeers(named)
	if mode, _ := s.mode(); mode == "embedded" || s.cfg.Bool("offline") {
		return nil
	}
	used := s.namedGateways()
	most := len(used) + maxProvided
	for _, text := range named {
		u := strings.TrimRight(text, "/")
		if checkGateway(u) != nil || slices.Contains(used, u) || len(used) == most {
			continue
		}
		gw, err := ipfsstore.Gateway(u, ipfsstore.GatewayOptions{})
		if err != nil {
			return err
		}
		used = append(used, u)
		s.store.Add(ipfsstore.Restricted(gw, index.isAsking))
	}
	return nil
}

// checkProvider is the error of what cannot be among an index's providers: the
// address of a peer, or of a gateway.
func checkProvider(where, text string) error {
	if !strings.Contains(text, "://") {
		return badPeer(where, peering.CheckAddr(text))
	}
	if err := checkGateway(text); err != nil {
		return &hintError{
			err:  fmt.Errorf("%s: %w", where, err),
			hint: "write a gateway as https://gateway.example, and a peer as `ipnpm serve` prints it: /ip4/10.0.0.2/tcp/4801/p2p/12D3…",
		}
	}
	return nil
}

// checkGateway refuses what an index must not have others ask: who makes an index
// does not choose that they speak in clear, nor to whom within their network by
// whose password.
func checkGateway(text string) error {
	u, err := url.Parse(text)
	if err == nil && (u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		err = errors.New("not an https URL of a gateway, without user and query")
	}
	if err != nil {
		return fmt.Errorf("%.100q: %w", text, err)
	}
	return nil
}
