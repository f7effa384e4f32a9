package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/internal/recorder"
)

// The sources that ipnpm installs from: the recorded registry itself, an index
// of it that lies in a Kubo, read by the RPC or as a trustless gateway, and the
// same index from the gateway of `ipnpm serve`, as the machine next door runs it.
const (
	registrySource = "registry"
	kuboSource     = "kubo"
	gatewaySource  = "gateway"
	serveSource    = "serve"
)

// servers are what the tools of one run speak to, directly or over a link.
type servers struct {
	registry string // URL, with a slash at its end
	api      string // multiaddr of Kubo's RPC
	repo     string // Kubo's repository, for a daemon that is not behind a link
	gateway  string // URL of Kubo's
	serve    string // URL of that of ipnpm serve
}

// far is the same servers behind a link.
func (s servers) far(ctx context.Context, l *link) (servers, error) {
	var failed error
	through := func(address string) string {
		host := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
		if address == "" {
			return ""
		}
		proxy, err := l.proxy(ctx, host)
		if err != nil {
			failed = err
		}
		return strings.Replace(address, host, proxy, 1)
	}
	_, port, _ := strings.Cut(s.api, "/tcp/")
	far := servers{registry: through(s.registry), gateway: through(s.gateway), serve: through(s.serve)}
	if port != "" {
		_, port, _ = strings.Cut(through("127.0.0.1:"+port), ":")
		far.api = "/ip4/127.0.0.1/tcp/" + port
	}
	return far, failed
}

// publish mirrors what the fixture needs from the recorded registry and puts
// it into Kubo, as whoever runs a registry of his own would. It returns the
// index's ipns:// name.
func publish(ctx context.Context, b *binaries, from *recorder.Recorder, f *fixture, home, api string) (string, error) {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	env := environment(home, []string{b.path()})
	if _, err := output(ctx, home, env, b.ipnpm, "registry", "create", "bench"); err != nil {
		return "", err
	}
	if err := f.write(home); err != nil {
		return "", err
	}
	manifests := []string{"package.json"}
	if f.updated != nil {
		manifests = append(manifests, "updated.json")
		if err := os.WriteFile(filepath.Join(home, "updated.json"), f.updated, 0o644); err != nil {
			return "", err
		}
	}
	for _, name := range manifests {
		if err := run(ctx, home, env, b.ipnpm, "registry", "mirror", "--package-json", name, "--from="+from.URL(), "--to=bench", "--ipfs=embedded"); err != nil {
			return "", fmt.Errorf("mirror the fixture: %w", err)
		}
	}
	told, err := output(ctx, home, env, b.ipnpm, "registry", "publish", "bench", "--ipfs=kubo:"+api, "--json")
	if err != nil {
		return "", fmt.Errorf("publish the index: %w", err)
	}
	var published struct{ IPNS string }
	if err := json.Unmarshal(told, &published); err != nil || published.IPNS == "" {
		return "", fmt.Errorf("publish the index: what it said has no name: %s", told)
	}
	return "ipns://" + published.IPNS, nil
}

// env is what a user with a daemon has beside the flags: its repository, which
// ipnpm then reads. Where the RPC is behind a link, ipnpm sees that its address
// is another and does not.
func (s servers) env(source string) []string {
	if source != kuboSource || s.repo == "" {
		return nil
	}
	return []string{"IPFS_PATH=" + s.repo}
}

// flags point ipnpm at a source. Those that are to be measured are its only
// ones: no daemon that happens to run here, no registry behind the index.
func (s servers) flags(source, name string) []string {
	indexed := func(ipfs string) []string {
		return []string{"--registry=" + name, "--ipfs=" + ipfs, "--no-upstream"}
	}
	switch source {
	case kuboSource:
		return indexed("kubo:" + s.api)
	case gatewaySource:
		return indexed("gateway:" + s.gateway)
	case serveSource:
		return indexed("gateway:" + s.serve)
	default:
		return []string{"--registry=" + s.registry, "--ipfs=embedded"}
	}
}
