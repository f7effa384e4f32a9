package cmd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// timing is the trace of --timing: spans in the Trace Event format, which
// Perfetto and chrome://tracing open, with npm's keys beside them. Spans that are
// open at the same time lie in lanes of their own, as threads of that format. A
// nil *timing notes nothing.
type timing struct {
	path  string
	start time.Time

	mu    sync.Mutex
	spans []span
	busy  map[string][]bool // the lanes of each phase that are taken
}

// span is something that was done, as a rule about one package.
type span struct {
	phase, item string
	lane        int
	from, took  time.Duration
}

// wholePhases is the phase of the spans that are phases themselves.
const wholePhases = "phases"

// newTiming is nil unless --timing asks for it.
func (s *session) newTiming() *timing {
	if !s.cfg.Bool("timing") {
		return nil
	}
	dir := firstNonEmpty(s.cfg.String("logs-dir"), filepath.Join(s.dirs.cache, "_logs"))
	start := s.app.now()
	name := strings.NewReplacer(":", "_", ".", "_").Replace(start.UTC().Format("2006-01-02T15:04:05.000Z")) + "-timing.json"
	return &timing{path: filepath.Join(dir, name), start: start, busy: map[string][]bool{}}
}

// begin opens a span, which end closes.
func (t *timing) begin(phase, item string) (end func()) {
	if t == nil {
		return func() {}
	}
	from := time.Since(t.start)
	t.mu.Lock()
	defer t.mu.Unlock()
	lane := slices.Index(t.busy[phase], false)
	if lane < 0 {
		lane = len(t.busy[phase])
		t.busy[phase] = append(t.busy[phase], false)
	}
	t.busy[phase][lane] = true
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.busy[phase][lane] = false
		t.spans = append(t.spans, span{phase, item, lane, from, time.Since(t.start) - from})
	}
}

// traceEvent is one of the Trace Event format; times are in microseconds.
type traceEvent struct {
	Name     string         `json:"name"`
	Phase    string         `json:"ph"`
	Category string         `json:"cat,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Start    int64          `json:"ts"`
	Duration *int64         `json:"dur,omitempty"` // of spans always, also when it is 0
	Args     map[string]any `json:"args,omitempty"`
}

// timingFile is the file: npm's keys, the times in milliseconds, and the trace.
type timingFile struct {
	Metadata struct {
		Command []string `json:"command"`
		Version string   `json:"version"`
	} `json:"metadata"`
	Timers map[string]float64 `json:"timers"`
	Unit   string             `json:"displayTimeUnit"`
	Events []traceEvent       `json:"traceEvents"`
}

// close writes the file and keeps as many of them as logs-max says.
func (t *timing) close(a *app, keep int) error {
	if t == nil {
		return nil
	}
	data, err := json.Marshal(t.file(a))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(t.path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(t.path, append(data, '\n'), 0o644)
	}
	if err == nil {
		err = prune(filepath.Dir(t.path), keep)
	}
	if err != nil {
		return fmt.Errorf("write the times: %w", err)
	}
	if a.says("notice") {
		fmt.Fprintf(a.Err, "timing: %s; https://ui.perfetto.dev opens it\n", t.path)
	}
	return nil
}

func (t *timing) file(a *app) timingFile {
	file := timingFile{Timers: map[string]float64{"npm": millis(time.Since(t.start))}, Unit: "ms", Events: t.events()}
	file.Metadata.Command, file.Metadata.Version = a.args, a.version()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.spans {
		if s.phase == wholePhases {
			file.Timers[s.item] = millis(s.took)
		}
	}
	return file
}

// events are the spans, the lanes named and in the order in which the work
// flows.
func (t *timing) events() []traceEvent {
	t.mu.Lock()
	defer t.mu.Unlock()
	order := []string{wholePhases, "document", "fetch", "extract", "link", "scripts"}
	events := []traceEvent{} // a list also where nothing was done
	for i, phase := range order {
		for lane := range t.busy[phase] {
			id := laneID(i, lane)
			name := map[string]any{"name": fmt.Sprintf("%s %d", phase, lane+1)}
			events = append(events,
				traceEvent{Name: "thread_name", Phase: "M", Process: 1, Thread: id, Args: name},
				traceEvent{Name: "thread_sort_index", Phase: "M", Process: 1, Thread: id, Args: map[string]any{"sort_index": id}})
		}
	}
	spans := slices.Clone(t.spans)
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, s := range spans {
		// The end is cut to microseconds, not the duration: then a span that
		// begins when another ends does so in the file too.
		begin := s.from.Microseconds()
		duration := (s.from + s.took).Microseconds() - begin
		events = append(events, traceEvent{
			Name: s.item, Phase: "X", Category: s.phase, Process: 1, Thread: laneID(slices.Index(order, s.phase), s.lane),
			Start: begin, Duration: &duration,
		})
	}
	return events
}

// laneID leaves each phase more lanes than anything here works at once.
func laneID(phase, lane int) int { return (phase+1)*10_000 + lane }

// prune removes the oldest files of times beyond keep; their names sort by age.
func prune(dir string, keep int) error {
	old, err := filepath.Glob(filepath.Join(dir, "*-timing.json"))
	if err != nil {
		return err
	}
	for _, path := range old[:max(0, len(old)-keep)] {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// begin notes that something about a package begins, for the progress line and
// the trace; end notes that it is over.
func (s *session) begin(phase, item string) (end func()) {
	if s.bar == nil && s.timing == nil {
		return func() {}
	}
	shown, traced := s.bar.begin(item), s.timing.begin(phase, item)
	return func() {
		shown()
		traced()
	}
}
