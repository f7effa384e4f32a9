package cmd

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// initLine is what GODEBUG=inittrace=1 says of a package of ours.
var initLine = regexp.MustCompile(`(?m)^init github\.com/ipnpm/ipnpm/(\S+) @.* ([0-9]+) allocs$`)

// TestStart holds our packages to doing next to nothing before main: an install
// that finds nothing to do takes some milliseconds, and waits for all of it. The
// test program is started, which is these packages and little else; the patterns
// of tests are its own.
func TestStart(t *testing.T) {
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := initLine.FindAllStringSubmatch(string(out), -1)
	if len(lines) == 0 {
		t.Fatalf("no package says what its start cost:\n%s", out)
	}
	for _, line := range lines {
		allocs, err := strconv.Atoi(line[2])
		if err != nil {
			t.Fatal(err)
		}
		if allocs > 60 {
			t.Errorf("package %s makes %d allocations before main", line[1], allocs)
		}
	}
}
