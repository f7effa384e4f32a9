package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/internal/recorder"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// lab is what all runs share.
type lab struct {
	o       *options
	fixture *fixture
	disks   *disks
	rec     *recorder.Recorder
	// ways are loopback and the link, as far as they are wanted.
	ways    []way
	kubo    *kubotest.Node // nil where nobody wants it
	serve   *serving       // likewise
	results *results
	// failures counts what makes the result incomplete.
	failures int
	// tarballs are the paths of those that an install from the lockfile
	// fetches, ours where it takes part.
	tarballs []string
}

// way is how the tools reach the servers, and the tools set to go that way.
type way struct {
	name    string
	servers servers
	tools   []tool
}

func (w way) folder() string {
	if w.name == "loopback" {
		return w.name
	}
	return "link"
}

// prepare starts the servers and gathers the tools.
func (l *lab) prepare(ctx context.Context) error {
	o := l.o
	var err error
	if l.fixture, err = readFixture(o.project, o.update); err != nil {
		return err
	}
	if l.fixture.updated == nil {
		o.situations = slices.DeleteFunc(o.situations, func(s situation) bool { return s.name == update })
	}
	if len(o.situations) == 0 {
		return errors.New("nothing to time: an update of this project takes -update NAME@RANGE")
	}
	data, err := filepath.Abs(o.data)
	if err != nil {
		return err
	}
	if err := o.makeWork(); err != nil {
		return err
	}
	if l.disks, err = newDisks(o.work, o.fs); err != nil {
		return err
	}
	if l.rec, err = recorder.Start(ctx, upstream.DefaultRegistry, filepath.Join(data, "recording")); err != nil {
		return err
	}
	b, err := prepareBinaries(ctx, filepath.Join(data, "tools"))
	if err != nil {
		return err
	}
	return l.waysTo(ctx, b)
}

// close stops the daemons, and removes the folder of work where that holds no trees.
func (l *lab) close() {
	if l.serve != nil {
		l.serve.kill()
	}
	if l.kubo != nil {
		l.kubo.Kill()
	}
	if l.disks != nil && l.disks.ext4 {
		_ = os.RemoveAll(l.o.work)
	}
}

// makeWork makes a new folder below -work: a second run must not meet the trees
// of the first.
func (o *options) makeWork() error {
	if o.work != "" {
		if err := os.MkdirAll(o.work, 0o755); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(o.work, "ipnpm-bench-")
	if err != nil {
		return err
	}
	o.work, err = filepath.Abs(dir)
	return err
}

// waysTo sets up Kubo where it is wanted, and the link.
func (l *lab) waysTo(ctx context.Context, b *binaries) error {
	near, name := servers{registry: l.rec.URL()}, ""
	if l.o.needsKubo() {
		var err error
		if l.kubo, err = kubotest.StartIn(filepath.Join(l.o.work, "kubo"), kubotest.Options{}); err != nil {
			return err
		}
		near.api, near.gateway, near.repo = l.kubo.API, l.kubo.Gateway, l.kubo.RepoPath
		publisher := filepath.Join(l.o.work, "publisher")
		if name, err = publish(ctx, b, l.rec, l.fixture, publisher, near.api); err != nil {
			return err
		}
		if slices.Contains(l.o.sources, serveSource) {
			if l.serve, err = startServing(ctx, b, publisher); err != nil {
				return err
			}
			near.serve = l.serve.gateway
		}
	}
	if l.o.loopback {
		l.ways = append(l.ways, way{name: "loopback", servers: near})
	}
	if l.o.overLink {
		far, err := near.far(ctx, newLink(l.o.roundTrip, l.o.mbits))
		if err != nil {
			return err
		}
		l.ways = append(l.ways, way{name: fmt.Sprintf("link of %v and %g Mbit/s", l.o.roundTrip, l.o.mbits), servers: far})
	}
	for i, w := range l.ways {
		tools := b.peers(w.servers.registry)
		for _, source := range l.o.sources {
			tools = append(tools, b.ours(source, w.servers, name)...)
		}
		if l.o.project == monorepoName {
			tools = b.inMonorepo(tools, w.servers.registry)
		}
		var err error
		if l.ways[i].tools, err = choose(tools, l.o.only); err != nil {
			return err
		}
	}
	l.results = l.empty(ctx)
	return nil
}

// empty are the results before the first run.
func (l *lab) empty(ctx context.Context) *results {
	r := &results{Fixture: l.fixture.name, Runs: l.o.runs, Disk: l.disks.String(), CPUs: runtime.NumCPU(), Platform: platform(),
		Versions: map[string]string{}, Situations: names(l.o.situations)}
	for _, w := range l.ways {
		r.Links = append(r.Links, w.name)
	}
	for _, t := range l.ways[0].tools {
		r.Tools = append(r.Tools, t.name)
		if t.ours {
			r.Ours = append(r.Ours, t.name)
		}
		if said, err := output(ctx, "", environment(os.TempDir(), t.env), t.install[0], "--version"); err == nil {
			r.Versions[t.name] = string(said[:len(said)-1])
		}
	}
	return r
}

// daemonOf is the process that a tool's packages come from, 0 where that is the
// recording, in this one.
func (l *lab) daemonOf(t tool) int {
	switch {
	case !t.ours || t.source == registrySource:
		return 0
	case t.source == serveSource:
		return l.serve.pid()
	default:
		return l.kubo.PID()
	}
}
