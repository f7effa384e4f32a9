// Package npmoracle asks npm's own packages what the right answer is, for
// tests that compare ours with theirs. It is for tests only.
//
// A package is installed once per machine, in a pinned version, by npm itself
// into $IPNPM_TOOLS (default: .cache/tools under the module's root); then one
// node process reads questions as JSON lines and writes an answer to each.
package npmoracle

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// Install returns a folder whose node_modules holds name@version, after
// installing it there if it is missing. It needs node and npm.
func Install(tb testing.TB, name, version string) string {
	tb.Helper()
	parent := filepath.Join(ToolsDir(tb), name)
	dir := filepath.Join(parent, version)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		tb.Fatal(err)
	}
	// Two test binaries may come here at the same time.
	lock := flock.New(filepath.Join(parent, version+".lock"))
	if err := lock.Lock(); err != nil {
		tb.Fatalf("lock %s: %v", lock.Path(), err)
	}
	defer lock.Unlock()
	if _, err := os.Stat(filepath.Join(dir, "node_modules", name, "package.json")); err == nil {
		return dir
	}
	if err := install(tb.Context(), parent, dir, name+"@"+version); err != nil {
		tb.Fatalf("install %s@%s with npm: %v", name, version, err)
	}
	return dir
}

// install lets npm work in a folder of another name, so that an interrupted
// install is not taken for a finished one.
func install(ctx context.Context, parent, dir, spec string) error {
	tmp, err := os.MkdirTemp(parent, "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, "npm", "install", "--prefix", tmp, "--ignore-scripts",
		"--no-audit", "--no-fund", "--engine-strict=false", spec)
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// ToolsDir is $IPNPM_TOOLS, or .cache/tools under the module's root: what tools/get
// brings is there, too.
func ToolsDir(tb testing.TB) string {
	if dir := os.Getenv("IPNPM_TOOLS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache", "tools")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// Oracle is a running node that answers one question after the other, for
// fuzz targets, which cannot know their questions beforehand.
type Oracle struct {
	in  *json.Encoder
	out *bufio.Scanner
}

// Start runs script in dir, as Ask does, until the test ends.
func Start(tb testing.TB, dir, script string) *Oracle {
	tb.Helper()
	cmd := exec.Command(Node(tb), "-e", script+`
require('node:readline').createInterface({ input: process.stdin })
  .on('line', line => process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + '\n'))`)
	in, out := begin(tb, cmd, dir)
	tb.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	o := &Oracle{in: json.NewEncoder(in), out: bufio.NewScanner(out)}
	o.out.Buffer(nil, 16<<20)
	return o
}

// Ask decodes node's answer to question.
func (o *Oracle) Ask(tb testing.TB, question, answer any) {
	tb.Helper()
	if err := o.in.Encode(question); err != nil {
		tb.Fatal(err)
	}
	if !o.out.Scan() {
		tb.Fatalf("node has no answer: %v", o.out.Err())
	}
	if err := json.Unmarshal(o.out.Bytes(), answer); err != nil {
		tb.Fatalf("%s: %v", o.out.Bytes(), err)
	}
}

// prelude turns a script that defines answer(question) into a filter.
const prelude = `
const lines = require('node:readline').createInterface({ input: process.stdin })
async function main () {
  let out = ''
  for await (const line of lines) {
    let a = answer(JSON.parse(line))
    if (a instanceof Promise) a = await a
    out += JSON.stringify(a) + '\n'
    if (out.length > 65536) { process.stdout.write(out); out = '' }
  }
  process.stdout.write(out)
}
main()
`

// Ask runs script in dir, where it can require what Install put there, and
// calls check with each question's number and the JSON that the script's
// function answer(question), async or not, returned for it. It stops at the
// first question that has no answer.
func Ask[Q any](tb testing.TB, dir, script string, questions []Q, check func(i int, answer []byte)) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, Node(tb), "-e", script+prelude)
	in, out := begin(tb, cmd, dir)
	written := make(chan error, 1)
	go func() { written <- write(in, questions) }()
	n := read(out, len(questions), check)
	if n < len(questions) {
		cancel()
	}
	werr, cerr := <-written, cmd.Wait()
	if n < len(questions) || werr != nil || cerr != nil {
		tb.Fatalf("node answered %d of %d questions: %v %v", n, len(questions), werr, cerr)
	}
}

// begin starts a node process in dir, whose errors are the test's own.
func begin(tb testing.TB, cmd *exec.Cmd, dir string) (in io.WriteCloser, out io.ReadCloser) {
	tb.Helper()
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err = cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start node: %v", err)
	}
	return in, out
}

func write[Q any](in io.WriteCloser, questions []Q) error {
	defer in.Close()
	w := bufio.NewWriter(in)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, q := range questions {
		if err := enc.Encode(q); err != nil {
			return err
		}
	}
	return w.Flush()
}

func read(out io.Reader, want int, check func(int, []byte)) (n int) {
	sc := bufio.NewScanner(out)
	sc.Buffer(nil, 16<<20)
	for n < want && sc.Scan() {
		check(n, sc.Bytes())
		n++
	}
	return n
}
