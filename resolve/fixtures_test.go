package resolve_test

import (
	"flag"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/parity"
)

var (
	only       = flag.String("fixtures", "", "parts of names, comma-separated, of the fixtures to play")
	npmCommand = flag.Bool("npm-command", false, "start npm for each of its commands, as its users do")
)

// TestParity plays testdata/parity against real npm; internal/parity says how.
// It prints one line about all, and fails on any difference that we do not
// mean:
//
//	go test ./resolve -run Parity -v -fixtures peers/,overrides/ref
func TestParity(t *testing.T) {
	dir := filepath.Join("..", "testdata", "parity")
	fixtures, err := parity.Fixtures(dir)
	if err != nil {
		t.Fatal(err)
	}
	lab := parity.NewLab(t, filepath.Join(dir, "registries"))
	lab.Command = *npmCommand
	var mu sync.Mutex
	var results []parity.Result
	t.Run("fixtures", func(t *testing.T) {
		for _, f := range fixtures {
			if !wanted(f.Name) {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				r := parity.Result{Fixture: f, Verdict: parity.Wrong, Differences: []string{"could not be played"}}
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					results = append(results, r)
				}()
				r = lab.Play(t, f)
				if err := r.Err(); err != nil {
					t.Error(err)
				}
			})
		}
	})
	if len(results) == 0 {
		t.Fatal("no fixture was played")
	}
	t.Log(parity.Report(results))
}

func wanted(name string) bool {
	for part := range strings.SplitSeq(*only, ",") {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
