package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// withStatic reads a registry whose lock the caller holds, and brings it to
// what --static-base says: that is part of its state, and so is being a plain
// npm registry at all, which those made by an older ipnpm are not yet.
func (s *session) withStatic(ctx context.Context, o publishOptions, name string) (localRegistry, error) {
	r, err := s.catalog().get(name)
	if err != nil {
		return r, err
	}
	base, err := r.root()
	if err != nil {
		return r, err
	}
	if !base.Defined() {
		return r, &hintError{err: fmt.Errorf("registry %s is empty", r.Name), hint: "fill it: ipnpm publish, or ipnpm registry mirror --package-json package.json"}
	}
	switch o.static {
	case "":
	case "none":
		r.Static = ""
	default:
		if r.Static, err = s.staticAddress(ctx, o, r); err != nil {
			return r, err
		}
	}
	return r, s.advance(ctx, &r, base, nil)
}

// staticAddress is where one gateway will have the static registry.
func (s *session) staticAddress(ctx context.Context, o publishOptions, r localRegistry) (string, error) {
	found, err := s.found()
	if err != nil {
		return "", err
	}
	gateway := o.static
	if gateway == "kubo" {
		if found.kubo == nil {
			return "", &hintError{err: errors.New("--static-base=kubo: no Kubo node was found"), hint: "name the gateway: --static-base=http://127.0.0.1:8080"}
		}
		if gateway, err = found.kubo.GatewayURL(ctx); err != nil {
			return "", err
		}
	}
	u, err := url.Parse(gateway)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return "", &hintError{err: fmt.Errorf("--static-base=%s is no gateway", o.static), hint: "write it as http://127.0.0.1:8080, or kubo, or none"}
	}
	name, err := s.publishedName(ctx, o, r)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(gateway, "/") + "/ipns/" + name + "/static/", nil
}

// publishedName is the IPNS name that the record will have.
func (s *session) publishedName(ctx context.Context, o publishOptions, r localRegistry) (string, error) {
	kubos, ok := strings.CutPrefix(o.key, "kubo:")
	if !ok {
		key, err := s.signingKey(o, r)
		return key.ID(), err
	}
	found, err := s.kuboToSign(o)
	if err != nil {
		return "", err
	}
	keys, err := found.Keys(ctx)
	if err == nil && keys[kubos] == "" {
		err = fmt.Errorf("%s has no key %q", found.Name(), kubos)
	}
	return keys[kubos], err
}
