package parity

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

//go:embed oracle.js
var oracleScript string

// oracle is a running oracle.js: npm's commands, one at a time.
type oracle struct {
	argv []string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// npmAnswer is what came of a command.
type npmAnswer struct {
	// Failed says that npm's exit status would not be 0; Code is then that of
	// its error, if it has one.
	Failed bool
	Code   string
	// Output is what it prints with --json, Said the rest.
	Output json.RawMessage
	Said   string
	// Ended says that the process is over.
	Ended bool
}

func startOracle(tb testing.TB) *oracle {
	tb.Helper()
	script := filepath.Join(tb.TempDir(), "oracle.js")
	if err := os.WriteFile(script, []byte(oracleScript), 0o644); err != nil {
		tb.Fatal(err)
	}
	o := &oracle{argv: []string{npmoracle.Node(tb), script, npmoracle.NPM(tb)}}
	if err := o.start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := o.end(); err != nil {
			tb.Errorf("npm's commands: %v", err)
		}
	})
	return o
}

func (o *oracle) start() error {
	// Not of the test's context, which ends before its cleanups.
	o.cmd = exec.Command(o.argv[0], o.argv[1:]...)
	o.cmd.Stderr = os.Stderr
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if o.in, err = o.cmd.StdinPipe(); err != nil {
		return err
	}
	o.out = bufio.NewReader(out)
	return o.cmd.Start()
}

func (o *oracle) end() error {
	o.in.Close()
	return o.cmd.Wait()
}

// ask runs one npm command where a side has its project.
func (o *oracle) ask(s *side, args ...string) (answer npmAnswer, err error) {
	env := make(map[string]string)
	for _, entry := range s.env {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	question, err := json.Marshal(map[string]any{"dir": s.cwd, "env": env, "args": args})
	if err != nil {
		return answer, err
	}
	if _, err := o.in.Write(append(question, '\n')); err != nil {
		return answer, err
	}
	line, err := o.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &answer)
	}
	if err != nil {
		return answer, fmt.Errorf("npm %s: %w: %.200s", strings.Join(args, " "), err, line)
	}
	if answer.Ended {
		err = errors.Join(o.end(), o.start())
	}
	return answer, err
}

// ls is what npm says of a tree: the code that it exits with, and problems.
func (o *oracle) ls(s *side, out outcome) error {
	answer, err := o.ask(s, "ls", "--all", "--json")
	if err != nil {
		return err
	}
	if answer.Failed && answer.Code != "ELSPROBLEMS" {
		return fmt.Errorf("npm ls: %s", answer.Said)
	}
	var listing struct{ Problems []string }
	if err := json.Unmarshal(answer.Output, &listing); err != nil {
		return err
	}
	out.set(facetLs, "code", answer.Code)
	for _, problem := range listing.Problems {
		out.set(facetLs, strings.ReplaceAll(problem, s.dir, ""), "problem")
	}
	return nil
}

// query lists every package that npm finds in a tree.
func (o *oracle) query(s *side, out outcome) error {
	answer, err := o.ask(s, "query", "*", "--json")
	if err != nil {
		return err
	}
	if answer.Failed {
		return fmt.Errorf("npm query: %s", answer.Said)
	}
	var found []struct{ Location, Name, Version string }
	if err := json.Unmarshal(answer.Output, &found); err != nil {
		return err
	}
	for _, p := range found {
		out.set(facetQuery, "/"+p.Location, p.Name+"@"+p.Version)
	}
	return nil
}
