package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/internal/flight"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
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
	// found are the sources of the store, and the running daemon among them.
	found func() (sources, error)
	// daemon is the address of the Kubo that runs on the user's repository.
	daemon   func() (addr string, runs bool)
	unpacked *install.Unpacked
	// virtual is the store that the linked layout leads to.
	virtual *virtual.Store
	// trace is told who brought what, nil when nobody wants to know.
	trace *trace
	// bar is the progress line of the command, nil without one, and timing the
	// trace of --timing, nil unless that was given.
	bar    *progress
	timing *timing
	// userAgent is what registries and scripts are told of us.
	userAgent func() string

	nodeOnce sync.Once
	node     string // see nodeVersion

	ensured flight.Group[string, pin]
	// fetched are the packages that no registry holds, by where they are.
	fetched flight.Group[string, resolve.LocalPackage]

	// addresses are those of the registries for names without a bound scope;
	// layers asks them when there are several, and is nil otherwise.
	addresses []string
	layers    *layers
	// recordAge is for how long a registry's record is taken unasked, no longer than
	// it says itself.
	recordAge time.Duration
	// at are roots to be used in place of the newest, by registry key.
	at map[string]cid.Cid

	// ahead is of the project that is about to be installed, nil unless it is.
	ahead *install.Ahead

	// behind is what goes on when the install that began it has ended it, see goBehind.
	behind sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	registries map[string]packageRegistry // by registry key, see registries.go
	firstMiss  func()                     // see lockshipment.go
	shipment   *shipment
	notices    []string
	gitClient  *gitrepo.Client

	upstreamsMu sync.Mutex
	upstreams   []*upstreamRegistry

	// peers are nil until the sources were found; providers
	// are what indexes say of who has their content.
	peersMu   sync.Mutex
	peers     peering.Peers
	providers []string
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

// openSession opens the store. Neither disk nor network is touched.
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
	if err := s.checkSources(); err != nil {
		return nil, err
	}
	if s.addresses = cfg.Registries(); len(s.addresses) > 1 {
		s.layers = newLayers(s)
	}
	if err := errors.Join(s.checkLayers(), s.parseAt(a.at)); err != nil {
		return nil, err
	}
	s.trace, s.timing = s.newTrace(), s.newTiming()
	s.userAgent = s.userAgents()
	s.found = sync.OnceValues(s.findSources)
	s.daemon = sync.OnceValues(func() (string, bool) { return ipfsstore.FindKubo(s.repoPath()) })
	s.store, err = ipfsstore.Open(ipfsstore.Options{
		Dir: s.dirs.data, Offline: cfg.Bool("offline"), Trace: s.trace.served(),
		Find: func() ([]ipfsstore.Source, error) {
			found, err := s.found()
			return found.all, err
		},
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

// Close waits for what goes on behind an install, and for documents that are still being
// written to the cache, and releases the store.
func (s *session) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.behind.Wait()
	s.upstreamsMu.Lock()
	defer s.upstreamsMu.Unlock()
	for _, r := range s.upstreams {
		r.cache.Flush()
	}
	return errors.Join(s.unpacked.Settle(), s.closePeers(), s.store.Close(), s.trace.close(),
		s.timing.close(s.app, s.cfg.Int("logs-max")))
}

// goBehind does something that nobody waits for but Close, unless that has begun. It has
// to heed a context that an install ends.
func (s *session) goBehind(do func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.behind.Go(do)
	}
	return !s.closed
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
