package cmd

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/resolve"
)

// remotePackage is the package at a URL, downloaded once.
func (s *session) remotePackage(ctx context.Context, spec manifest.Spec) (resolve.LocalPackage, error) {
	return s.fetched.Do(ctx, spec.Save, func(ctx context.Context) (resolve.LocalPackage, error) {
		data, err := s.download(ctx, spec)
		if err != nil {
			return resolve.LocalPackage{}, fmt.Errorf("%s: %w", printableSpec(spec), err)
		}
		s.bar.Step("fetch", printableSpec(spec), int64(len(data)))
		return s.importPackage(ctx, data, spec, spec.Resolved(""))
	})
}

// download fetches a tarball by its URL, with the client for its host: that
// has the network keys of the configuration, and the credentials for that host
// and no other. Those in the URL itself go before.
func (s *session) download(ctx context.Context, spec manifest.Spec) ([]byte, error) {
	u, err := url.Parse(spec.Fetch)
	if err != nil {
		return nil, err
	}
	if u, err = s.replacedHost(u); err != nil {
		return nil, err
	}
	base := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
	name := firstNonEmpty(spec.Name, "package") // for messages
	if u.User == nil {
		r, err := s.openUpstream(base.String())
		if err != nil {
			return nil, err
		}
		return counted{r.client, r}.Tarball(ctx, name, u.String(), 0)
	}
	o, err := s.upstreamOptions(base)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	o.Auth = []upstream.Auth{{Prefix: "//" + u.Host + "/", Username: u.User.Username(), Password: password}}
	client, err := upstream.New(o)
	if err != nil {
		return nil, err
	}
	return client.Tarball(ctx, name, u.String(), 0)
}

// replacedHost is the URL below the configured registry where it is on the
// host that replace-registry-host names.
func (s *session) replacedHost(u *url.URL) (*url.URL, error) {
	address := s.cfg.RegistryFor("")
	if !strings.HasPrefix(address, "http") {
		return u, nil
	}
	r, err := s.openUpstream(address)
	if err != nil {
		return nil, err
	}
	replaced, err := r.client.TarballURL("package", u.String())
	if err != nil || replaced.Host == u.Host {
		return u, err
	}
	return replaced, nil
}
