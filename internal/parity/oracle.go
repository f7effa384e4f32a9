package parity

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

//go:embed oracle.js
var oracleScript string

// oracle is a running oracle.js: npm's own ls and query.
type oracle struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

func startOracle(tb testing.TB) *oracle {
	tb.Helper()
	script := filepath.Join(tb.TempDir(), "oracle.js")
	if err := os.WriteFile(script, []byte(oracleScript), 0o644); err != nil {
		tb.Fatal(err)
	}
	// The context of a test ends before its cleanups, which end this by itself.
	cmd := exec.Command(npmoracle.Node(tb), script, npmoracle.NPM(tb))
	cmd.Env, cmd.Stderr = environment(tb), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("npm's ls and query: %v", err)
		}
	})
	return &oracle{in: in, out: bufio.NewReader(out)}
}

// ask runs one npm command in a folder and decodes its output; the code is
// that of the error that npm ends with.
func (o *oracle) ask(s *side, output any, args ...string) (code string, err error) {
	question, err := json.Marshal(map[string]any{"dir": s.cwd, "home": s.home, "args": args})
	if err != nil {
		return "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := o.in.Write(append(question, '\n')); err != nil {
		return "", err
	}
	line, err := o.out.ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("npm %s: %w", strings.Join(args, " "), err)
	}
	answer := struct {
		Code   string
		Output any
	}{Output: output}
	if err := json.Unmarshal(line, &answer); err != nil {
		return "", fmt.Errorf("npm %s: %w: %.200s", strings.Join(args, " "), err, line)
	}
	return answer.Code, nil
}

// ls is what npm says of a tree: the code that it exits with, and problems.
func (o *oracle) ls(s *side, out outcome) error {
	var listing struct{ Problems []string }
	code, err := o.ask(s, &listing, "ls", "--all", "--json")
	if err != nil {
		return err
	}
	out.set(facetLs, "exit", code)
	for _, problem := range listing.Problems {
		out.set(facetLs, strings.ReplaceAll(problem, s.dir, ""), "problem")
	}
	return nil
}

// query lists every package that npm finds in a tree.
func (o *oracle) query(s *side, out outcome) error {
	var found []struct{ Location, Name, Version string }
	code, err := o.ask(s, &found, "query", "*", "--json")
	if err != nil {
		return err
	}
	out.set(facetQuery, "exit", code)
	for _, p := range found {
		out.set(facetQuery, "/"+p.Location, p.Name+"@"+p.Version)
	}
	return nil
}
