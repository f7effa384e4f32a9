package main

import (
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		xs   []float64
		want float64
	}{{nil, 0}, {[]float64{7}, 7}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(test.xs); got != test.want {
			t.Errorf("median of %v is %v, want %v", test.xs, got, test.want)
		}
	}
}

// known is a run of three tools and two situations, of which one tool lacks
// the second.
func known() *results {
	r := &results{Fixture: "app", Runs: 1, Disk: "a disk", CPUs: 2, Platform: "an os", Links: []string{"loopback"},
		Situations: []string{clean, lockfile}, Tools: []string{"slow", "fast", "ipnpm"}, Ours: []string{"ipnpm"},
		Tarballs: 3, TarballBytes: 1_500_000}
	add := func(situation, tool string, ms, cpu, daemon float64) {
		r.Samples = append(r.Samples, sample{Link: "loopback", Situation: situation, Tool: tool,
			usage: usage{Millis: ms, CPUMillis: cpu, PeakBytes: 12e6}, DaemonMillis: daemon})
	}
	add(clean, "slow", 4000, 2000, 0)
	add(clean, "fast", 1000, 4000, 0)
	add(clean, "ipnpm", 750, 1000, 300)
	add(lockfile, "slow", 2000, 100, 0)
	add(lockfile, "ipnpm", 1000, 100, 0)
	add(lockfile, bytesAlone, 500, 0, 0)
	return r
}

func TestTables(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := known().write(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"app, median of 1; a disk; 2 CPUs, an os",
		"| clean | 4000 | 1000 | 750 |",
		"| lockfile | 2000 | – | 1000 |",
		"| clean | 0.75 |",
		"| clean | 0.50 |",
		"| clean | 2.00 | 4.00 | 1.00 (+0.30) |",
		"| clean | 12 | 12 | 12 |",
		`The 3 tarballs alone (1.5 MB), fetched and thrown away: 500 ms. Situation "lockfile" ÷ that: slow 4.00; fast –; ipnpm 2.00.`,
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, &out)
		}
	}
}
