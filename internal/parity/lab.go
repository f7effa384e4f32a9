package parity

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// Lab is where fixtures are played: npm, our binary, and what is recorded.
type Lab struct {
	// Command lets npm run as a process a command, as its users run it. Within
	// oracle.js it is the same code, and starts only once.
	Command bool

	npm, node, ipnpm string
	recorded         string // the folder of recordings
	oracles          chan *oracle

	mu         sync.Mutex
	recordings map[string]*registrytest.Recording
}

// NewLab builds our binary and installs npm, if that has not happened before.
// The folder holds the recordings that fixtures name.
func NewLab(tb testing.TB, recorded string) *Lab {
	tb.Helper()
	ipnpm := filepath.Join(tb.TempDir(), "ipnpm")
	if out, err := exec.CommandContext(tb.Context(), "go", "build", "-o", ipnpm, "github.com/ipnpm/ipnpm/cmd/ipnpm").CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	l := &Lab{
		npm: npmoracle.NPM(tb), node: npmoracle.Node(tb), ipnpm: ipnpm,
		recorded: recorded, recordings: make(map[string]*registrytest.Recording),
		oracles: make(chan *oracle, runtime.GOMAXPROCS(0)),
	}
	for range cap(l.oracles) {
		l.oracles <- startOracle(tb)
	}
	return l
}

// withOracle lends one of the running npms.
func (l *Lab) withOracle(use func(*oracle) error) error {
	o := <-l.oracles
	defer func() { l.oracles <- o }()
	return use(o)
}

// recording opens one when it is first asked for.
func (l *Lab) recording(name string) (*registrytest.Recording, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.recordings[name]; r != nil {
		return r, nil
	}
	r, err := registrytest.OpenRecording(filepath.Join(l.recorded, name+".jsonl.zst"))
	if err == nil {
		l.recordings[name] = r
	}
	return r, err
}

// environment is all that the tools are told from outside: where Node is.
func environment(tb testing.TB) []string {
	return []string{
		"PATH=" + filepath.Dir(npmoracle.Node(tb)) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"NO_COLOR=1", "LANG=C.UTF-8",
	}
}

// side is one of the two tools with its copy of a project.
type side struct {
	name     string
	command  []string
	env      []string
	dir, cwd string // the project, and where in it the commands run
	home     string
	lockfile string
}

// sides makes a fixture's folders for npm and ours.
func (l *Lab) sides(t testing.TB, f *Fixture, registry string) (npms, ours *side) {
	t.Helper()
	npms = &side{
		name: "npm", command: []string{l.node, filepath.Join(l.npm, "bin", "npm-cli.js")},
		lockfile: "package-lock.json",
	}
	ours = &side{name: "ipnpm", command: []string{l.ipnpm}, lockfile: "ipnpm-lock.json"}
	for _, s := range []*side{npms, ours} {
		// A symlink on the way to it would be told apart from the real path.
		base, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		// The project has the same name on both sides, for it may name itself.
		s.dir, s.home = filepath.Join(base, "project"), filepath.Join(base, "home")
		s.cwd = filepath.Join(s.dir, f.in)
		s.env = append(environment(t), "HOME="+s.home, "TMPDIR="+base)
		npmrc := strings.Join([]string{
			"registry=" + registry, "audit=false", "fund=false", "update-notifier=false",
			"fetch-retries=0", "ignore-scripts=true", "logs-max=0", "",
		}, "\n")
		if err := errors.Join(f.write(s.dir, registry), os.MkdirAll(s.home, 0o755),
			os.WriteFile(filepath.Join(s.home, ".npmrc"), []byte(npmrc), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return npms, ours
}

// runNPM runs npm's command as users do, or within a running one.
func (l *Lab) runNPM(t testing.TB, s *side, args []string) (code, said string) {
	t.Helper()
	if l.Command {
		return s.exec(t, args)
	}
	err := l.withOracle(func(o *oracle) error {
		answer, err := o.ask(s, append(args[:len(args):len(args)], "--json")...)
		code, said = answer.Code, answer.Said
		if answer.Failed && code == "" {
			code = noCode
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code, said
}

// exec runs a side's command as a process.
func (s *side) exec(t testing.TB, args []string) (code, said string) {
	t.Helper()
	argv := append(append(s.command[:len(s.command):len(s.command)], args...), "--json")
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = s.cwd, s.env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = errorCode(stdout)
	} else if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return code, fmt.Sprintf("%s\n%s", stderr.String(), stdout)
}

// noCode is what a failed command has that does not say why.
const noCode = "failed without a code"

// errorCode is the code in the report of a failed command.
func errorCode(stdout []byte) string {
	var report struct{ Error struct{ Code any } }
	// A failed script's status stands there as a number.
	if err := json.Unmarshal(stdout, &report); err == nil {
		if code, ok := report.Error.Code.(string); ok && code != "" {
			return code
		}
	}
	return noCode
}
