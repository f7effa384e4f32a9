package resolve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// arborist is a running testdata/arborist.js. Some made-up graphs send npm
// into an endless loop; then it is started anew.
type arborist struct {
	mu  sync.Mutex
	cmd *exec.Cmd
	// scratch outlives the subtest in which npm had to be started anew.
	scratch string
	in      io.WriteCloser
	out     *bufio.Reader
}

// npmPatience is how long npm may take for one graph.
const npmPatience = 3 * time.Second

// npmRequest is one question to it; see testdata/arborist.js.
type npmRequest struct {
	Docs     map[string]json.RawMessage `json:"docs"`
	Files    map[string]string          `json:"files"`
	Tarballs map[string][]byte          `json:"tarballs,omitempty"`
	Options  map[string]any             `json:"options,omitempty"`
	Update   any                        `json:"update,omitempty"`
	Add      []string                   `json:"add,omitempty"`
}

type npmAnswer struct {
	Packages map[string]*npmPackage
	Code     string
	Message  string
	Took     float64
	// Raw is the packages object as npm writes it.
	Raw json.RawMessage `json:"-"`
}

// npmPackage is a package-lock entry as far as it is compared.
type npmPackage struct {
	Name, Version                                                string
	Resolved                                                     string
	Link, Dev, Optional, DevOptional, Peer, InBundle, Extraneous bool
	Dependencies, PeerDependencies, OptionalDependencies, Bin    map[string]string
	HasInstallScript                                             bool
	OS, CPU                                                      any
}

func startArborist(t testing.TB) *arborist {
	t.Helper()
	a := &arborist{scratch: t.TempDir()}
	a.start(t)
	t.Cleanup(a.stop)
	return a
}

func (a *arborist) start(t testing.TB) {
	t.Helper()
	a.cmd = exec.Command(npmoracle.Node(t), "testdata/arborist.js", npmoracle.NPM(t), a.scratch)
	a.cmd.Stderr = os.Stderr
	in, err := a.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.in, a.out = in, bufio.NewReaderSize(out, 1<<20)
}

func (a *arborist) stop() {
	a.in.Close()
	_ = a.cmd.Process.Kill()
	_ = a.cmd.Wait()
}

// ask returns npm's answer; one that does not come in time has the code
// "TIMEOUT".
func (a *arborist) ask(t testing.TB, r npmRequest, patience time.Duration) npmAnswer {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.in.Write(append(data, '\n')); err != nil {
		t.Fatal(err)
	}
	killed := a.watch(patience)
	line, err := a.out.ReadBytes('\n')
	if killed() {
		_ = a.cmd.Wait()
		a.start(t)
		return npmAnswer{Code: "TIMEOUT", Message: "npm does not come to an end"}
	}
	if err != nil {
		t.Fatal(err)
	}
	var answer npmAnswer
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatal(err)
	}
	var raw struct{ Packages json.RawMessage }
	if err := json.Unmarshal(line, &raw); err != nil {
		t.Fatal(err)
	}
	answer.Raw = raw.Packages
	return answer
}

// watch kills npm once it has computed for longer than patience, and returns
// the end of the watch, which tells whether it has. The time that other work
// takes from npm on a busy machine does not count, where that can be known.
func (a *arborist) watch(patience time.Duration) (killed func() bool) {
	process, stop, done := a.cmd.Process, make(chan struct{}), make(chan bool)
	began, wall := cpuTime(process.Pid), time.Now()
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				done <- false
				return
			case <-tick.C:
			}
			used := time.Since(wall)
			if now := cpuTime(process.Pid); now > 0 {
				used = now - began
			}
			if used > patience {
				_ = process.Kill()
				<-stop
				done <- true
				return
			}
		}
	}()
	return func() bool {
		close(stop)
		return <-done
	}
}

// cpuTime is what a process has computed so far, 0 where there is no /proc.
func cpuTime(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, fields, ok := strings.Cut(string(data), ") ")
	if err != nil || !ok {
		return 0
	}
	const ticks = time.Second / 100
	words := strings.Fields(fields)
	user, _ := strconv.Atoi(words[11])
	system, _ := strconv.Atoi(words[12])
	return time.Duration(user+system) * ticks
}

// memory is an Index of documents in memory that counts the questions.
type memory struct {
	docs map[string]json.RawMessage
	mu   sync.Mutex
	read map[string]*registry.Packument
	asks []string
}

func (m *memory) Packument(_ context.Context, name string) (*registry.Packument, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asks = append(m.asks, name)
	if p := m.read[name]; p != nil {
		return p, nil
	}
	raw, ok := m.docs[name]
	if !ok {
		return nil, &registry.NotFoundError{Name: name}
	}
	p, err := registry.Parse(raw)
	if err != nil {
		return nil, err
	}
	if m.read == nil {
		m.read = make(map[string]*registry.Packument)
	}
	m.read[name] = p
	return p, nil
}

// summary is what is compared of a lockfile: location → name, version, flags.
func summary(l *lockfile.Lockfile) map[string]string {
	out := make(map[string]string, len(l.Packages))
	for location, p := range l.Packages {
		out[location] = line(p.Name, p.Version, map[string]bool{"link": p.Link, "dev": p.Dev, "optional": p.Optional,
			"devOptional": p.DevOptional, "peer": p.Peer, "inBundle": p.InBundle, "extraneous": p.Extraneous}, p.Link, p.Resolved)
	}
	return out
}

func (a npmAnswer) summary() map[string]string {
	out := make(map[string]string, len(a.Packages))
	for location, p := range a.Packages {
		out[location] = line(p.Name, p.Version, map[string]bool{"link": p.Link, "dev": p.Dev, "optional": p.Optional,
			"devOptional": p.DevOptional, "peer": p.Peer, "inBundle": p.InBundle, "extraneous": p.Extraneous}, p.Link, p.Resolved)
	}
	return out
}

func line(name, version string, flags map[string]bool, link bool, target string) string {
	text := name + "@" + version
	for _, flag := range []string{"link", "dev", "optional", "devOptional", "peer", "inBundle", "extraneous"} {
		if flags[flag] {
			text += " " + flag
		}
	}
	if link {
		text += " -> " + target
	}
	return text
}

// differences lists where two summaries differ.
func differences(ours, npms map[string]string) []string {
	var diffs []string
	for location, want := range npms {
		if have, ok := ours[location]; !ok {
			diffs = append(diffs, fmt.Sprintf("missing %q: npm has %s", location, want))
		} else if have != want {
			diffs = append(diffs, fmt.Sprintf("at %q: %s, npm has %s", location, have, want))
		}
	}
	for location, have := range ours {
		if _, ok := npms[location]; !ok {
			diffs = append(diffs, fmt.Sprintf("extra %q: %s", location, have))
		}
	}
	return diffs
}

func mustManifest(t testing.TB, text string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func joinLines(lines []string) string { return strings.Join(lines, "\n") }

func isConflict(err error) bool {
	_, ok := errors.AsType[*ConflictError](err)
	return ok
}

// npmOptions are the options as arborist calls them.
func npmOptions(o Options) map[string]any {
	strategy := o.Strategy
	if strategy == "" {
		strategy = Hoisted
	}
	return map[string]any{"legacyPeerDeps": o.LegacyPeerDeps, "strictPeerDeps": o.StrictPeerDeps, "force": o.Force,
		"preferDedupe": o.PreferDedupe, "installStrategy": strategy}
}
