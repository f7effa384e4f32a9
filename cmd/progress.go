package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress draws one line on a terminal while an install runs. Off a
// terminal, in CI and when silent it is never made, and a nil *progress
// does nothing, so that callers need not ask.
type progress struct {
	mu     sync.Mutex
	bar    *progressbar.ProgressBar
	count  map[string]*phaseCount
	shown  string
	closed bool
}

type phaseCount struct{ done, total int }

func newProgress(w io.Writer, width int) *progress {
	barWidth := min(max(width/4, 10), 30)
	return &progress{
		count: map[string]*phaseCount{},
		bar: progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(barWidth),
			progressbar.OptionThrottle(80*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSpinnerType(14),
		),
	}
}

// Phase begins a phase or raises its total; see install.Reporter.
func (p *progress) Phase(name string, total int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(name).total = max(total, p.of(name).total)
	p.draw()
}

// Step counts one finished item of a phase; see install.Reporter.
func (p *progress) Step(name, _ string, _ int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.of(name)
	c.done++
	c.total = max(c.total, c.done)
	p.draw()
}

// Close wipes the line, so that what is printed next starts on a clean one.
func (p *progress) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}

func (p *progress) of(name string) *phaseCount {
	c := p.count[name]
	if c == nil {
		c = &phaseCount{}
		p.count[name] = c
	}
	return c
}

// draw shows the earliest phase that has something left to do: several run at
// once, and so the bar only moves forward.
func (p *progress) draw() {
	if p.closed {
		return
	}
	for _, name := range [...]string{"resolve", "fetch", "extract", "link", "scripts"} {
		c, ok := p.count[name]
		if !ok || (c.total > 0 && c.done >= c.total) {
			continue
		}
		if p.shown != name {
			p.shown = name
			p.bar.Reset()
		}
		p.bar.Describe(fmt.Sprintf("%-8s", name))
		if c.total > 0 {
			p.bar.ChangeMax(c.total)
			_ = p.bar.Set(c.done)
			return
		}
		_ = p.bar.Add(0)
		return
	}
}
