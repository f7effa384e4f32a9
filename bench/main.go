package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/internal/recorder"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

type options struct {
	project, data, work, out, only string
	runs                           int
	// situations are those to be timed, of the list below.
	situations []string
}

func main() {
	var o options
	flag.StringVar(&o.project, "project", "testdata/projects/eslint-jest", "folder with the package.json to install")
	flag.StringVar(&o.data, "data", ".cache/bench", "where the recording and the tools are kept")
	flag.StringVar(&o.work, "work", "", "where the installs are made (default: a new temporary folder)")
	flag.StringVar(&o.out, "json", "", "also write every sample to this file")
	flag.StringVar(&o.only, "only", "", "time these tools alone, by commas: bun,pnpm,ipnpm,ipnpm linked")
	flag.IntVar(&o.runs, "runs", 5, "timed runs of each situation")
	wanted := flag.String("situations", strings.Join(situations[:], ","), "comma-separated, those to be timed")
	flag.Parse()
	o.situations = strings.Split(*wanted, ",")
	if err := bench(context.Background(), o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// situations in the words of pnpm's public benchmark, and "lockfile-only": the
// tree is resolved from warm documents and written down, and nothing else. The
// first five follow one another.
var situations = [...]string{"clean", "lockfile", "cache", "cache+lockfile", "nothing to do", lockfileOnly}

const lockfileOnly = "lockfile-only"

// samples are wall times in milliseconds by situation and tool.
type samples map[string]map[string][]float64

func bench(ctx context.Context, o options, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	data, err := filepath.Abs(o.data)
	if err != nil {
		return err
	}
	for _, s := range o.situations {
		if !slices.Contains(situations[:], s) {
			return fmt.Errorf("no situation %q; there are %q", s, situations)
		}
	}
	if o.work == "" {
		if o.work, err = os.MkdirTemp("", "ipnpm-bench-"); err != nil {
			return err
		}
	}
	rec, err := recorder.Start(ctx, upstream.DefaultRegistry, filepath.Join(data, "recording"))
	if err != nil {
		return err
	}
	tools, err := prepareTools(ctx, filepath.Join(data, "tools"), rec.URL())
	if err != nil {
		return err
	}
	if o.only != "" {
		names := strings.Split(o.only, ",")
		tools = slices.DeleteFunc(tools, func(t tool) bool { return !slices.Contains(names, t.name) })
	}
	all := samples{}
	// Round 0 fills the recording and is not counted; lockfile-only does so
	// by itself.
	first := 0
	if slices.Equal(o.situations, []string{lockfileOnly}) {
		first = 1
	}
	for round := first; round <= o.runs; round++ {
		for _, t := range tools {
			lap, err := timeRound(ctx, o, t, filepath.Join(o.work, fmt.Sprintf("%s-%d", strings.ReplaceAll(t.name, " ", "-"), round)))
			if err != nil {
				return err
			}
			if round > 0 {
				all.add(t.name, lap)
			}
		}
	}
	if o.out != "" {
		encoded, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.out, encoded, 0o644); err != nil {
			return err
		}
	}
	return all.table(w, o.situations, tools)
}

// timeRound takes one tool through all situations below dir; the first
// install fills the cache and writes the lockfile that later ones start from.
func timeRound(ctx context.Context, o options, t tool, dir string) (map[string]float64, error) {
	lap := map[string]float64{}
	first := filepath.Join(dir, "clean")
	for _, s := range o.situations {
		home, project := filepath.Join(dir, "home"), filepath.Join(dir, strings.ReplaceAll(s, " ", "-"))
		argv := t.install
		switch s {
		case "lockfile":
			home, argv = filepath.Join(dir, "home-empty"), t.frozen
		case "cache+lockfile":
			argv = t.frozen
		case "nothing to do":
			project = first
		case lockfileOnly:
			argv = t.lock
		}
		if err := prepareProject(o, t, s, first, project, home); err != nil {
			return nil, err
		}
		env := append(os.Environ(), append(t.env, "HOME="+home, "XDG_CACHE_HOME=", "XDG_DATA_HOME=")...)
		if s == lockfileOnly {
			if err := warm(ctx, o, t, project+"-first", home, env); err != nil {
				return nil, err
			}
		}
		start := time.Now()
		if err := run(ctx, project, env, argv[0], argv[1:]...); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", t.name, s, err)
		}
		lap[s] = float64(time.Since(start).Microseconds()) / 1000
	}
	return lap, nil
}

// warm has the tool read all documents once, in a folder of its own: clean may
// not be among the situations.
func warm(ctx context.Context, o options, t tool, project, home string, env []string) error {
	if err := prepareProject(o, t, lockfileOnly, "", project, home); err != nil {
		return err
	}
	if err := run(ctx, project, env, t.lock[0], t.lock[1:]...); err != nil {
		return fmt.Errorf("%s, before %s: %w", t.name, lockfileOnly, err)
	}
	return nil
}

func prepareProject(o options, t tool, situation, first, project, home string) error {
	for _, d := range []string{project, home} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if situation == "nothing to do" {
		return nil
	}
	if err := copyFile(filepath.Join(o.project, "package.json"), filepath.Join(project, "package.json")); err != nil {
		return err
	}
	if situation == lockfileOnly || !strings.Contains(situation, "lockfile") {
		return nil
	}
	for _, l := range t.lockfiles {
		if err := copyFile(filepath.Join(first, l), filepath.Join(project, l)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

func (s samples) add(tool string, lap map[string]float64) {
	for situation, ms := range lap {
		if s[situation] == nil {
			s[situation] = map[string][]float64{}
		}
		s[situation][tool] = append(s[situation][tool], ms)
	}
}

// table prints medians in ms, and ours as ratios to the fastest peer's.
func (s samples) table(w io.Writer, situations []string, tools []tool) error {
	head := "| situation |"
	for _, t := range tools {
		head += " " + t.name + " |"
	}
	columns := len(tools)
	for _, t := range tools {
		if t.ours {
			head += " " + t.name + " ÷ fastest other |"
			columns++
		}
	}
	lines := []string{head, "|---|" + strings.Repeat("---:|", columns)}
	for _, situation := range situations {
		line, best := "| "+situation+" |", 0.0
		for _, t := range tools {
			m := median(s[situation][t.name])
			line += fmt.Sprintf(" %.0f |", m)
			if !t.ours && (best == 0 || m < best) {
				best = m
			}
		}
		for _, t := range tools {
			if t.ours {
				line += fmt.Sprintf(" %.2f |", median(s[situation][t.name])/best)
			}
		}
		lines = append(lines, line)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(xs))
	return sorted[len(sorted)/2]
}
