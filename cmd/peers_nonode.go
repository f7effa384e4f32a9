//go:build nonode

package cmd

import (
	"context"
	"errors"
)

// newPeers has none to make in a program without libp2p.
func (s *session) newPeers(bool) (peers, error) {
	if len(s.cfg.Strings("ipfs-peers")) > 0 || s.cfg.Bool("ipfs-dht") {
		return nil, errNoNode()
	}
	return nil, nil
}

func checkPeer(string) error { return errNoNode() }

// errNoNode says why something is missing.
func errNoNode() error {
	return &hintError{
		err:  errors.New("this ipnpm was built without the embedded node (-tags nonode)"),
		hint: "use an ipnpm built without that tag, or a Kubo daemon or gateway (--ipfs, --ipfs-gateway)",
	}
}

func runServe(context.Context, *app, serveOptions) error { return errNoNode() }
