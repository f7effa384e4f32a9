package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/internal/flight"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/resolve"
)

// session is what a command that touches packages works with: the
// configuration, the store with its sources, and the registries, each opened
// when it is first asked for.
type session struct {
	app *app
	// project is the folder at hand, which file: paths are relative to.
	project string
	cfg     *config.Config
	dirs    dirs
	store   *ipfsstore.Store
	// kubo is the running daemon that was found or named, nil without one.
	kubo     *ipfsstore.KuboSource
	unpacked *install.Unpacked
	// virtual is the store that the linked layout leads to.
	virtual *virtual.Store
	// bar is the progress line of the command, nil without one.
	bar *progress

	ensured flight.Group[string, pin]
	// fetched are the packages that no registry holds, by where they are.
	fetched flight.Group[string, resolve.LocalPackage]

	mu         sync.Mutex
	registries map[string]packageRegistry // by registry key, see registries.go
	notices    []string
	gitClient  *gitrepo.Client

	upstreamsMu sync.Mutex
	upstreams   []*upstreamRegistry
}

func under(base string, parts ...string) string {
	if base == "" {
		return ""
	}
	return filepath.Join(append([]string{base}, parts...)...)
}

func firstNonEmpty(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// openSession opens the store. No network is touched unless the configuration
// leaves it to be found out whether a Kubo daemon runs.
func (a *app) openSession(project string) (*session, error) {
	cfg, err := a.loadConfig(project)
	if err != nil {
		return nil, err
	}
	return a.newSession(project, cfg)
}

// newSession opens the store as a configuration has it.
func (a *app) newSession(project string, cfg *config.Config) (*session, error) {
	dirs, err := a.dataDirs(cfg)
	if err != nil {
		return nil, err
	}
	s := &session{app: a, project: project, cfg: cfg, dirs: dirs, registries: map[string]packageRegistry{}}
	sources, err := s.sources()
	if err != nil {
		return nil, err
	}
	s.store, err = ipfsstore.Open(ipfsstore.Options{
		Dir: s.dirs.data, Sources: sources, Offline: cfg.Bool("offline"),
	})
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", s.dirs.data, err)
	}
	s.unpacked = install.OpenUnpacked(s.dirs.unpackedDir())
	s.virtual = virtual.Open(s.dirs.virtualDir())
	if s.isLinked() {
		s.unpacked.Hold()
	}
	return s, nil
}

// Close waits for documents that are still being written to the cache, and
// releases the store.
func (s *session) Close() error {
	s.upstreamsMu.Lock()
	defer s.upstreamsMu.Unlock()
	for _, r := range s.upstreams {
		r.cache.Flush()
	}
	return errors.Join(s.unpacked.Settle(), s.store.Close())
}

// usage says which source brought how many bytes: the store, its sources, and
// the npm registries that were asked.
func (s *session) usage() []ipfsstore.Usage {
	all := s.store.Usage()
	s.upstreamsMu.Lock()
	defer s.upstreamsMu.Unlock()
	for _, r := range s.upstreams {
		all = append(all, r.Usage())
	}
	return all
}

// notice keeps a line for the summary, once.
func (s *session) notice(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.notices {
		if n == line {
			return
		}
	}
	s.notices = append(s.notices, line)
}

// sources builds the list that --ipfs and the gateway keys ask for, in the
// order in which the store is to try them.
func (s *session) sources() ([]ipfsstore.Source, error) {
	mode, arg, _ := strings.Cut(firstNonEmpty(s.cfg.String("ipfs"), "auto"), ":")
	var out []ipfsstore.Source
	repo, hasRepo := ipfsstore.KuboRepo(s.repoPath())
	if hasRepo && (mode == "auto" || mode == "kubo" && (arg == "" || repo.Serves(arg))) {
		out = append(out, repo)
	}
	if s.cfg.Bool("offline") {
		return out, nil
	}
	switch mode {
	case "embedded":
		return nil, nil
	case "auto":
		if addr, ok := ipfsstore.FindKubo(s.repoPath()); ok {
			return s.withGateways(s.addKubo(out, addr))
		}
	case "kubo":
		addr := arg
		if addr == "" {
			found, ok := ipfsstore.FindKubo(s.repoPath())
			if !ok {
				return nil, &hintError{
					err:  fmt.Errorf("--ipfs=kubo: no daemon answers at the address in %s", filepath.Join(s.repoPath(), "api")),
					hint: "start one with `ipfs daemon`, or name it: --ipfs=kubo:127.0.0.1:5001",
				}
			}
			addr = found
		}
		return s.withGateways(s.addKubo(out, addr))
	case "gateway":
		if arg == "" {
			return nil, &hintError{err: errors.New("--ipfs=gateway names no gateway"), hint: "write --ipfs=gateway:http://127.0.0.1:8080"}
		}
		gw, err := ipfsstore.Gateway(arg, ipfsstore.GatewayOptions{})
		if err != nil {
			return nil, err
		}
		return s.withGateways(append(out, gw), nil)
	default:
		return nil, &hintError{err: fmt.Errorf("--ipfs=%s is not a way to reach IPFS", mode), hint: "one of auto, embedded, kubo, kubo:ADDR, gateway:URL"}
	}
	return s.withGateways(out, nil)
}

func (s *session) addKubo(out []ipfsstore.Source, addr string) ([]ipfsstore.Source, error) {
	kubo, err := ipfsstore.Kubo(addr, ipfsstore.KuboOptions{Offline: s.cfg.Bool("prefer-offline")})
	if err != nil {
		return nil, err
	}
	s.kubo = kubo
	return append(out, kubo), nil
}

// withGateways appends the configured trustless gateways.
func (s *session) withGateways(out []ipfsstore.Source, err error) ([]ipfsstore.Source, error) {
	if err != nil {
		return nil, err
	}
	for _, u := range s.gatewayURLs() {
		gw, err := ipfsstore.Gateway(u, ipfsstore.GatewayOptions{})
		if err != nil {
			return nil, err
		}
		out = append(out, gw)
	}
	return out, nil
}

// gatewayURLs are those of the configuration, of $IPFS_GATEWAY and of the file
// gateway in Kubo's repository, each once.
func (s *session) gatewayURLs() []string {
	urls := append(s.cfg.Strings("ipfs-gateway"), s.app.Getenv("IPFS_GATEWAY"))
	if data, err := os.ReadFile(filepath.Join(s.repoPath(), "gateway")); err == nil {
		// A daemon that was killed leaves the file behind.
		if _, runs := ipfsstore.FindKubo(s.repoPath()); runs {
			urls = append(urls, strings.TrimSpace(string(data)))
		}
	}
	var out []string
	for _, u := range urls {
		if u != "" && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// repoPath is Kubo's repository: $IPFS_PATH or ~/.ipfs.
func (s *session) repoPath() string {
	return firstNonEmpty(s.app.Getenv("IPFS_PATH"), filepath.Join(s.dirs.home, ".ipfs"))
}
