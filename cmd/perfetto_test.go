//go:build perfetto

package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// TestPerfetto opens the trace of an install with Perfetto's own trace processor,
// the one in its page, and asks it what it has read. `make perfetto` brings it.
func TestPerfetto(t *testing.T) {
	trace := timedInstall(t)
	answers := askPerfetto(t, trace,
		"select count(*) as n from stats where severity in ('error', 'data_loss') and value > 0",
		"select count(*) as n from slice",
		"select count(*) as n from slice where dur < 0",
		"select thread.name || ': ' || slice.name as n from slice join thread_track on slice.track_id = thread_track.id join thread using (utid) order by 1")
	var events struct {
		TraceEvents []struct{ Ph string }
	}
	data, err := os.ReadFile(trace)
	if err == nil {
		err = json.Unmarshal(data, &events)
	}
	if err != nil {
		t.Fatal(err)
	}
	spans := 0
	for _, e := range events.TraceEvents {
		if e.Ph == "X" {
			spans++
		}
	}
	if got := answers[0][0].N; got != 0.0 {
		t.Errorf("Perfetto complains of %v things", got)
	}
	if got := answers[1][0].N; got != float64(spans) || spans == 0 {
		t.Errorf("it has %v slices, the trace %d spans", got, spans)
	}
	if got := answers[2][0].N; got != 0.0 {
		t.Errorf("%v slices have no end", got)
	}
	var names []string
	for _, row := range answers[3] {
		names = append(names, row.N.(string))
	}
	all := strings.Join(names, "\n")
	for _, want := range []string{"resolve", "install", "b", "node_modules/a"} {
		if !strings.Contains(all+"\n", ": "+want+"\n") {
			t.Errorf("no slice %q on a named thread among\n%s", want, all)
		}
	}
}

// timedInstall installs with --timing and returns the trace.
func timedInstall(t *testing.T) string {
	server := registrytest.New(t)
	server.AddLines(`
a@1.0.0 {"dependencies": {"b": "1"}}
b@1.0.0`)
	dir, logs := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"dependencies":{"a":"1"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := []string{"HOME=" + t.TempDir(), "NO_COLOR=1", "npm_config_registry=" + server.URL, "PATH=" + os.Getenv("PATH"), "npm_config_logs_dir=" + logs}
	if code := Main(t.Context(), Streams{Out: &out, Err: &out, Env: env, Dir: dir}, []string{"install", "--timing"}); code != 0 {
		t.Fatalf("%d\n%s", code, out.String())
	}
	traces, err := filepath.Glob(filepath.Join(logs, "*-timing.json"))
	if err != nil || len(traces) != 1 {
		t.Fatalf("traces: %v, %v\n%s", traces, err, out.String())
	}
	return traces[0]
}

// perfettoRow is a row of a query with one column, n.
type perfettoRow struct{ N any }

// askPerfetto has the trace processor answer queries about a trace.
func askPerfetto(t *testing.T, trace string, queries ...string) [][]perfettoRow {
	processor, err := filepath.Abs(filepath.Join(npmoracle.ToolsDir(t), "perfetto")) // where node need not be
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join("testdata", "perfetto", "ask.mjs"), processor, trace}, queries...)...)
	var warnings bytes.Buffer
	c.Stderr = &warnings
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, warnings.String())
	}
	var answers [][]perfettoRow
	for line := range strings.Lines(string(out)) {
		var rows []perfettoRow
		if err := json.Unmarshal([]byte(line), &rows); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		answers = append(answers, rows)
	}
	return answers
}
