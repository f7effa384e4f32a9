package cmd

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// jsonCommand is "json FILE KEY... [= VALUE]": the value at the path of keys is
// VALUE, or without one is there at all; "! json FILE KEY..." says that there is
// none. FILE may be stdout. Strings are compared bare, the rest as JSON.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	keys, want, compare := args[1:], "", false
	if i := slices.Index(args, "="); i >= 0 {
		keys, want, compare = args[1:i], strings.Join(args[i+1:], " "), true
	}
	text, ok := valueAt(ts, args[0], keys)
	if !ok && neg {
		return
	}
	if !ok {
		ts.Fatalf("%s has no %s", args[0], strings.Join(keys, " › "))
	}
	switch {
	case neg && !compare:
		ts.Fatalf("%s has %s: %s", args[0], strings.Join(keys, " › "), text)
	case !compare:
		ts.Logf("%s", text)
	case neg == (text == want):
		ts.Fatalf("%s: %s is %s, want %s", args[0], strings.Join(keys, " › "), text, want)
	}
}

// fieldCommand is "field VAR FILE KEY...": the value at the path of keys goes
// into $VAR.
func fieldCommand(ts *testscript.TestScript, _ bool, args []string) {
	text, ok := valueAt(ts, args[1], args[2:])
	if !ok {
		ts.Fatalf("%s has no %s", args[1], strings.Join(args[2:], " › "))
	}
	ts.Setenv(args[0], text)
}

// valueAt is the value at a path of keys; false when there is none.
func valueAt(ts *testscript.TestScript, file string, keys []string) (string, bool) {
	var value any
	if err := json.Unmarshal([]byte(ts.ReadFile(file)), &value); err != nil {
		ts.Fatalf("%s: %v", file, err)
	}
	for _, key := range keys {
		next, ok := member(value, key)
		if !ok {
			return "", false
		}
		value = next
	}
	if text, ok := value.(string); ok {
		return text, true
	}
	data, err := json.Marshal(value)
	ts.Check(err)
	return string(data), true
}

func member(value any, key string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		next, ok := v[key]
		return next, ok
	case []any:
		i, err := strconv.Atoi(key)
		if key == "length" {
			return float64(len(v)), true
		}
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// treeCommand is "tree DIR FILE": a line for everything in DIR (mode, path,
// digest or target) goes to FILE, to be compared. What ipnpm keeps for itself
// (.ipnpm-*) is not the tree.
func treeCommand(ts *testscript.TestScript, _ bool, args []string) {
	listing, err := listTree(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(listing), 0o644))
}

func listTree(dir string) (string, error) {
	var out strings.Builder
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".ipnpm-") {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, _ := filepath.Rel(dir, p)
		info, err := e.Info()
		if err != nil {
			return err
		}
		text := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			text, err = os.Readlink(p)
		case info.Mode().IsRegular():
			var data []byte
			data, err = os.ReadFile(p)
			text = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		fmt.Fprintf(&out, "%v %s %s\n", info.Mode(), filepath.ToSlash(rel), text)
		return err
	})
	return out.String(), err
}

// replaceCommand is "replace FILE OLD NEW", every occurrence.
func replaceCommand(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
}

// flipCommand is "flip GLOB...": one bit in the middle of each file changes.
// The file is replaced, not written to, since it may be a hard link.
func flipCommand(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for _, glob := range args {
		files, err := filepath.Glob(ts.MkAbs(glob))
		ts.Check(err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			ts.Check(err)
			data[len(data)/2] ^= 1
			ts.Check(os.Remove(file))
			ts.Check(os.WriteFile(file, data, 0o644))
			n++
		}
	}
	if n == 0 {
		ts.Fatalf("no file matches %v", args)
	}
}

// refusedCommand is "refused ARGS...": ipnpm ends with code 1, an error and a
// hint, and without anything that only a programmer can read.
func refusedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("! refused means nothing")
	}
	if got := exitCode(ts, args); got != 1 {
		ts.Fatalf("exit code %d, want 1", got)
	}
	said := []byte(ts.ReadFile("stderr"))
	for _, need := range [...]string{"error: ", "\n\nhint: "} {
		if !bytes.Contains(said, []byte(need)) {
			ts.Fatalf("no %q in what was said", strings.TrimSpace(need))
		}
	}
	for _, never := range [...]string{"context deadline", "context canceled", "goroutine", "panic", "%!", "\x1b["} {
		if bytes.Contains(said, []byte(never)) {
			ts.Fatalf("%q is nothing to tell people", never)
		}
	}
}

// globCommand is "glob VAR PATTERN": the path of the only file that matches goes
// into $VAR.
func globCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("%d files match %s", len(files), args[1])
	}
	ts.Setenv(args[0], files[0])
}

// failureCommand is "failure ARGS...": ipnpm ends with an error, under --json
// with an object of that. What was asked and what came goes to the file
// failures, without what differs from run to run.
func failureCommand(ts *testscript.TestScript, _ bool, args []string) {
	code := exitCode(ts, append([]string{"--json"}, args...))
	var object struct{ Error map[string]any }
	out := ts.ReadFile("stdout")
	if err := json.Unmarshal([]byte(out), &object); err != nil || code == 0 || object.Error["code"] == nil {
		ts.Fatalf("exit code %d and no error: %s", code, out)
	}
	pretty, err := json.MarshalIndent(object.Error, "", "  ")
	ts.Check(err)
	text := strings.NewReplacer(ts.Getenv("WORK"), "$WORK", ts.Getenv("REGISTRY"), "$REGISTRY/",
		strings.TrimPrefix(strings.TrimSuffix(ts.Getenv("REGISTRY"), "/"), "http://"), "$HOST").Replace(string(pretty))
	old, err := os.ReadFile(ts.MkAbs("failures"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	line := fmt.Sprintf("$ ipnpm %s # %d\n%s\n", strings.Join(args, " "), code, text)
	ts.Check(os.WriteFile(ts.MkAbs("failures"), append(old, line...), 0o644))
}

// codeCommand is "code N ARGS...": ipnpm ends with that code.
func codeCommand(ts *testscript.TestScript, _ bool, args []string) {
	if got := exitCode(ts, args[1:]); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func exitCode(ts *testscript.TestScript, args []string) int {
	err := ts.Exec("ipnpm", args...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}
